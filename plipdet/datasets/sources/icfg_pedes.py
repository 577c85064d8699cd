"""ICFG-PEDES, text-based person search over pictures of MSMT17."""

from __future__ import annotations

from plipdet.registry import SOURCES

from .caption_source import CaptionSource


@SOURCES.register_module()
class IcfgPedes(CaptionSource):
    """ICFG-PEDES: 54,522 pictures of 4,102 identities, one caption each, train and test.

    Ding et al., Semantically Self-Aligned Network, arXiv 2107.12666. Identities count from 0. The
    folders below ``imgs`` are those of MSMT17; the annotation alone tells the split.

    Args:
        root: The folder ``ICFG-PEDES``, or the folder that holds it.
    """

    name = "icfg_pedes"
    folder_names = ("ICFG-PEDES", "ICFG_PEDES", "icfgpedes/ICFG_PEDES", "icfgpedes/ICFG-PEDES")
    annotation_names = ("ICFG-PEDES.json", "ICFG_PEDES.json")
    layout = """
ICFG-PEDES/
  ICFG-PEDES.json   (or ICFG_PEDES.json)
  imgs/{train,test}/0000/0000_000_01_0303morning_0008_1.jpg ...
"""
