"""Readers: raw files of one public data set each, in, a :class:`PersonTable` out."""

from .cuhk_pedes import CuhkPedes
from .json_source import JsonSource
from .market1501 import Market1501
from .person_source import PersonSource
from .synth_pedes import SynthPedes

__all__ = ["CuhkPedes", "JsonSource", "Market1501", "PersonSource", "SynthPedes"]
