"""Occluded-Duke: DukeMTMC-reID's pictures with occluded people as queries."""

from __future__ import annotations

from plipdet.registry import SOURCES

from .duke_mtmc_reid import NAME
from .market_folders import MarketFolders


@SOURCES.register_module()
class OccludedDuke(MarketFolders):
    """Occluded-Duke: 15,618 training, 2,210 query, 17,661 gallery pictures, 8 cameras.

    Miao et al., Pose-Guided Feature Alignment for Occluded Person Re-Identification, ICCV 2019.
    It is made of DukeMTMC-reID, which its owners have withdrawn.

    Args:
        root: The folder ``Occluded_Duke``, or the folder that holds it.
    """

    name = "occluded_duke"
    folder_names = (
        "Occluded_Duke",
        "Occluded-Duke",
        "occluded_duke",
        "Occluded-DukeMTMC-reID",
        "dukemtmcreid/Occluded_Duke",
    )
    layout = """
Occluded_Duke/
  bounding_box_train/0001_c2_f0046182.jpg ...
  query/0005_c2_f0046985.jpg ...
  bounding_box_test/0002_c1_f0044158.jpg ...
"""
    name_pattern = NAME
    name_example = "0001_c2_f0046182.jpg"
