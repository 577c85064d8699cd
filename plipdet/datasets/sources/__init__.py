"""Readers: raw files of one public data set each, in, a :class:`PersonTable` out."""

from .coco_person_search import CocoPersonSearch
from .cuhk03 import Cuhk03
from .cuhk_pedes import CuhkPedes
from .cuhk_sysu import CuhkSysu
from .duke_mtmc_reid import DukeMtmcReid
from .folder_source import FolderSource
from .icfg_pedes import IcfgPedes
from .json_source import JsonSource
from .market1501 import Market1501
from .market1501_attributes import Market1501Attributes
from .msmt17 import Msmt17
from .occluded_duke import OccludedDuke
from .pa100k import Pa100k
from .person_source import PersonSource
from .peta import Peta
from .prw import Prw
from .rap_v1 import RapV1
from .rap_v2 import RapV2
from .rstp_reid import RstpReid
from .scene_source import SceneSource
from .synth_pedes import SynthPedes
from .ufine6926 import UFine6926

__all__ = [
    "CocoPersonSearch",
    "Cuhk03",
    "CuhkPedes",
    "CuhkSysu",
    "DukeMtmcReid",
    "FolderSource",
    "IcfgPedes",
    "JsonSource",
    "Market1501",
    "Market1501Attributes",
    "Msmt17",
    "OccludedDuke",
    "Pa100k",
    "PersonSource",
    "Peta",
    "Prw",
    "RapV1",
    "RapV2",
    "RstpReid",
    "SceneSource",
    "SynthPedes",
    "UFine6926",
]
