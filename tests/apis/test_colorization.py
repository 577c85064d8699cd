import numpy as np
import pytest
import torch

from plipdet.apis import colorize_examples
from plipdet.apis.colorization import colorize, colour_place
from plipdet.apis.example_data import captioned_table
from plipdet.apis.find_head import find_head
from plipdet.datasets.text import PhraseSpan
from plipdet.errors import InputError
from plipdet.models import ColorizationHead
from plipdet.structures import PersonBatch


@pytest.mark.parametrize(
    ("caption", "phrase", "colour"),
    [
        ("He wears a red shirt.", "red shirt", "red"),
        ("He wears an orange shirt.", "orange shirt", "orange"),
        ("A dark blue coat, a blue hat", "dark blue coat", "dark blue"),
        ("Black shoes", "Black shoes", "Black"),
        ("A long coat", "long coat", None),
    ],
)
def test_the_colour_of_a_phrase_is_found(caption, phrase, colour):
    start = caption.index(phrase)
    place = colour_place(caption, PhraseSpan(2, start, start + len(phrase)))
    assert (place and caption[slice(*place)]) == colour


def test_variants_change_the_garment_to_other_colours_only(cfg, task, inputs):
    examples = colorize_examples(
        task, captioned_table(cfg), inputs=inputs, count=4, colours=("red", "white")
    )
    assert len(examples) == 4
    for example in examples:
        own = example.caption[slice(*example.changed)]
        assert [v.color for v in example.variants] == [c for c in ("red", "white") if c != own]
        assert example.colored.shape == (64, 32, 3)
        assert (example.gray == example.gray[..., :1]).all()


@torch.no_grad()
def test_colours_are_those_of_the_training_path(cfg, task, inputs):
    example = colorize_examples(task, captioned_table(cfg), inputs=inputs, count=1)[0]
    head = find_head(task, ColorizationHead)
    _, (ours,) = colorize(task, head, inputs, example.original, [example.caption])
    ids, mask, _ = inputs.tokenizer(example.caption)
    pixels = torch.from_numpy(example.original).permute(2, 0, 1)[None]
    raw = PersonBatch(
        rows=torch.zeros(1, dtype=torch.int64),
        images=pixels,
        token_ids=torch.from_numpy(ids)[None],
        token_mask=torch.from_numpy(mask)[None],
    )
    preprocessor = task.data_preprocessor
    batch = preprocessor(raw)["batch"]
    gray = task.image_encoder(preprocessor.to_gray(batch.images)).stages
    text = task.text_encoder(batch.token_ids, batch.token_mask).embedding
    expected = preprocessor.denormalize(head.colorize(gray, text))[0].clamp(0, 1) * 255
    np.testing.assert_allclose(ours, expected.permute(1, 2, 0).numpy(), atol=0.51)


def test_a_model_without_the_head_is_refused(task):
    class OtherHead(ColorizationHead):
        pass

    with pytest.raises(InputError, match=r"needs a model with a OtherHead; .*'ColorizationHead'"):
        find_head(task, OtherHead)
