"""UFine6926, text-based person search with captions of eighty words."""

from __future__ import annotations

from plipdet.registry import SOURCES

from .caption_source import CaptionSource


@SOURCES.register_module()
class UFine6926(CaptionSource):
    """UFine6926: 26,206 pictures of 6,926 identities, 52,412 captions.

    Zuo et al., UFineBench, arXiv 2312.03441. Paths are relative to the data set's folder.

    Args:
        root: The folder ``UFine6926``, or the folder that holds it.
    """

    name = "ufine6926"
    folder_names = ("UFine6926", "UFineBench/UFine6926")
    annotation_names = (
        "UFine6926_Annotations.json",
        "UFine6926_annotations.json",
        "UFine6926.json",
        "annotations.json",
        "data_captions.json",
    )
    layout = """
UFine6926/
  UFine6926_Annotations.json   (or UFine6926.json, annotations.json, data_captions.json)
  images/1.jpg ...
"""

    @property
    def image_folder(self) -> str:
        """Nothing: the paths are those in the data set's folder."""
        return ""
