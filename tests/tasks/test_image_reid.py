import pytest
import torch
from tiny_reid import tiny_image_reid_task, tiny_reid_heads
from tiny_task import tiny_batch, tiny_heads

from plipdet.errors import InputError


def _normalised(task, size=4):
    return task.data_preprocessor(tiny_batch(size), True)["batch"]


def test_losses_are_summed_with_their_weights():
    task = tiny_image_reid_task().train()
    losses = task(_normalised(task))
    wanted = losses["identity/loss"] + losses["triplet/loss"] + 5e-4 * losses["centre/loss"]
    torch.testing.assert_close(losses["loss"], wanted)
    assert task.needs_identities


def test_flip_test_averages_the_mirrored_picture():
    task = tiny_image_reid_task().eval()
    plain = tiny_image_reid_task(flip_test=False).eval()
    images = _normalised(task).images
    with torch.no_grad():
        found = task.embed_images(images)
        once, mirrored = plain.embed_images(images), plain.embed_images(images.flip(3))
    assert not torch.allclose(once, mirrored)
    torch.testing.assert_close(found, (once + mirrored) / 2)
    torch.testing.assert_close(task.embed_images(images.flip(3)), found)
    assert "mirror" in task.protocol()["test_time_augmentation"]
    assert plain.protocol()["test_time_augmentation"] == "none"


def test_prediction_needs_no_identities():
    task = tiny_image_reid_task()
    fresh = type(task)(
        task.image_encoder, task.neck, heads=tiny_reid_heads(), data_preprocessor=None
    )
    assert fresh.eval()(_normalised(task), "predict")["image"].shape == (4, 128)


def test_what_does_not_fit_is_named():
    with pytest.raises(InputError, match="nothing to train"):
        tiny_image_reid_task({})
    with pytest.raises(InputError, match="which is no ReIDHead"):
        tiny_image_reid_task({"contrast": tiny_heads()["contrast"]})
    with pytest.raises(InputError, match="in_dim=7"):
        tiny_image_reid_task(neck={"type": "BNNeck", "in_dim": 7})
    heads = {"centre": {"type": "CentreHead", "metric_dims": (5,)}}
    with pytest.raises(InputError, match="'centre' has metric_dims"):
        tiny_image_reid_task(heads)
    with pytest.raises(InputError, match="reads no texts"):
        tiny_image_reid_task().embed_texts(torch.zeros(1, 1).long(), torch.ones(1, 1).bool())
