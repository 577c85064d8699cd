import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from tiny_task import tiny_task

from plipdet.apis import embed_images, embed_texts, picture_files
from plipdet.apis.example_data import retrieval_datasets
from plipdet.datasets.transforms.decode_image import decode_image
from plipdet.errors import InputError

SENTENCES = ["A man in a red coat.", "Blue jeans", "A woman with a very long green dress walks."]


def test_files_and_data_set_give_the_same_unit_vectors(cfg, task, inputs):
    _, gallery = retrieval_datasets(cfg)
    files = [gallery.table.root / row.image for row in gallery.table]
    from_files = embed_images(task, files, inputs=inputs, batch_size=3)
    assert from_files.shape == (8, 16)
    torch.testing.assert_close(from_files, embed_images(task, gallery), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(from_files.norm(dim=1), torch.ones(8))


@torch.no_grad()
def test_a_picture_is_normalised_as_in_training(cfg, task, inputs):
    _, gallery = retrieval_datasets(cfg)
    path = gallery.table.root / gallery.table[0].image
    decoded, _ = decode_image(path.read_bytes(), where=str(path))
    pixels = torch.from_numpy(decoded).permute(2, 0, 1)[None]
    mean, std = torch.tensor([0.357, 0.323, 0.328]), torch.tensor([0.252, 0.242, 0.239])
    images = (pixels / 255 - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1)
    expected = F.normalize(task.image_encoder(images).embedding, dim=1)
    ours = embed_images(task, [path], inputs=inputs)
    torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-5)


def test_padding_changes_no_sentence(task, inputs):
    together = embed_texts(task, SENTENCES, inputs=inputs)
    alone = torch.cat([embed_texts(task, [s], inputs=inputs) for s in SENTENCES])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


def test_texts_that_are_none_are_refused(task, inputs):
    with pytest.raises(InputError, match="no sentences"):
        embed_texts(task, [], inputs=inputs)
    with pytest.raises(InputError, match="must be a string, not int"):
        embed_texts(task, ["a", 3], inputs=inputs)


def test_one_sentence_is_one_vector(task):
    torch.testing.assert_close(embed_texts(task, SENTENCES[1]), embed_texts(task, SENTENCES[1:2]))


def test_files_folder_arrays_and_pil_images_are_one(task, data_root):
    files = picture_files(data_root / "CUHK-PEDES")
    expected = embed_images(task, files)
    assert len(files) == 8 and files == sorted(files)
    arrays = np.stack([cv2.imread(str(f))[..., ::-1] for f in files])
    opened = [Image.open(f) for f in files]
    for same in (data_root / "CUHK-PEDES", arrays, list(arrays), opened, [*files[:4], *arrays[4:]]):
        torch.testing.assert_close(embed_images(task, same, batch_size=3), expected)
    for one in (files[0], str(files[0]), arrays[0], opened[0]):
        torch.testing.assert_close(embed_images(task, one), expected[:1])


def test_options_change_only_what_they_say(task, data_root):
    folder = data_root / "CUHK-PEDES"
    expected = embed_images(task, folder)
    torch.testing.assert_close(embed_images(task, folder, num_workers=2, batch_size=3), expected)
    raw = embed_images(task, folder, normalise=False)
    assert not torch.allclose(raw.norm(dim=1), torch.ones(8), atol=1e-3)
    torch.testing.assert_close(F.normalize(raw, dim=1), expected)
    half = embed_images(task, folder, precision="bf16")
    assert half.dtype == torch.float32 and not torch.equal(half, expected)
    assert F.cosine_similarity(half, expected).min() > 0.999
    assert embed_texts(task, SENTENCES, precision="bf16").dtype == torch.float32


def test_what_cannot_be_read_stops_or_is_told(task, data_root, tmp_path):
    good = picture_files(data_root / "CUHK-PEDES")
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(good[0].read_bytes()[:300])
    asked = [good[0], cut, good[1], tmp_path / "none.jpg"]
    with pytest.raises(InputError, match=r"cut\.jpg cannot be read"):
        embed_images(task, asked)
    with pytest.raises(InputError, match=r"no image .*none\.jpg"):
        embed_images(task, [tmp_path / "none.jpg"])
    vectors, kept, skipped = embed_images(task, asked, on_error="skip", batch_size=1)
    assert kept == [0, 2] and list(skipped) == [1, 3] and "cut.jpg" in skipped[1]
    torch.testing.assert_close(vectors, embed_images(task, good[:2]))
    with pytest.raises(InputError, match="none of the 1 pictures can be read"):
        embed_images(task, [cut], on_error="skip")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"on_error": "ignore"}, "expected 'raise' or 'skip'"),
        ({"precision": "half"}, "precision is 'half'"),
        ({"precision": "fp16"}, "'fp16' is for GPUs"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"num_workers": -1}, "num_workers -1"),
    ],
)
def test_options_without_meaning_are_refused(task, data_root, options, message):
    with pytest.raises(InputError, match=message):
        embed_images(task, data_root / "CUHK-PEDES", **options)


def test_a_task_that_was_not_loaded_needs_inputs(inputs, data_root):
    bare = tiny_task().eval()
    with pytest.raises(InputError, match=r"need inputs=ModelInputs.*not made by load_model"):
        embed_images(bare, data_root)
    with pytest.raises(InputError, match="not made by load_model"):
        embed_texts(bare, ["a man"])
    assert len(embed_images(bare, data_root / "CUHK-PEDES", inputs=inputs)) == 8
