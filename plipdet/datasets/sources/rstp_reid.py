"""RSTPReid, text-based person search over pictures of MSMT17."""

from __future__ import annotations

from plipdet.registry import SOURCES

from .caption_source import CaptionSource


@SOURCES.register_module()
class RstpReid(CaptionSource):
    """RSTPReid: 20,505 pictures of 4,101 identities, two captions each, train, val and test.

    Zhu et al., DSSL: Deep Surroundings-person Separation Learning, ACM MM 2021. Identities count
    from 0. Its records call the picture ``img_path``; converted files with ``file_path`` are read
    as well.

    Args:
        root: The folder ``RSTPReid``, or the folder that holds it.
    """

    name = "rstp_reid"
    folder_names = ("RSTPReid", "RSTPReid-Dataset", "rstpreid")
    annotation_names = ("data_captions.json",)
    layout = """
RSTPReid/
  data_captions.json
  imgs/0000_c14_0032.jpg ...
"""
    image_keys = ("img_path", "file_path")
