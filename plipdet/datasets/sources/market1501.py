"""Market-1501, the most used benchmark of image-based person re-identification."""

from __future__ import annotations

import re

from plipdet.registry import SOURCES

from .market_folders import MarketFolders

NAME = re.compile(
    r"(?P<id>-?[0-9]{1,18})_c(?P<camera>[0-9]{1,9})(?![0-9])"
    r"(?:s[0-9]+_(?P<frame>[0-9]{1,18})(?![0-9]))?"
)
"""Identity, camera and, where it is told, frame in a picture's name; they fit the table."""


@SOURCES.register_module()
class Market1501(MarketFolders):
    """Market-1501: 12,936 training, 3,368 query, 15,913 gallery pictures, 6 cameras.

    Zheng et al., Scalable Person Re-identification, ICCV 2015. Everything is in the file names.
    Junk (identity -1) is dropped; distractors (identity 0) stay in the gallery, as the protocol
    demands. Cameras count from 1, as in the names.

    Args:
        root: The folder ``Market-1501-v15.09.15``, or the folder that holds it.
    """

    name = "market1501"
    reader_version = 2
    folder_names = ("Market-1501-v15.09.15", "Market-1501", "market1501")
    layout = """
Market-1501-v15.09.15/
  bounding_box_train/0002_c1s1_000451_03.jpg ...
  query/0001_c1s1_001051_00.jpg ...
  bounding_box_test/0000_c1s1_000151_01.jpg ...
"""
    name_pattern = NAME
    name_example = "0002_c1s1_000451_03.jpg"
