import pytest
import torch
import torch.nn.functional as F

from plipdet.apis import embed_images, embed_texts
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


def test_wrong_inputs_are_refused(task, inputs, tmp_path):
    with pytest.raises(InputError, match="no sentences"):
        embed_texts(task, [], inputs=inputs)
    with pytest.raises(InputError, match="must be a string, not int"):
        embed_texts(task, ["a", 3], inputs=inputs)
    with pytest.raises(InputError, match=r"no image .*none\.jpg"):
        embed_images(task, [tmp_path / "none.jpg"], inputs=inputs)


def test_files_and_sentences_without_inputs_say_what_is_missing(task):
    for embed, what in ((embed_images, "a.jpg"), (embed_texts, "a man")):
        with pytest.raises(InputError, match=r"need inputs=ModelInputs.from_config"):
            embed(task, [what])
