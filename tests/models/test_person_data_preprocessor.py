import cv2
import numpy as np
import pytest
import torch

from plipdet.models import PersonDataPreprocessor
from plipdet.structures import PersonBatch

COLOR = torch.tensor([200, 100, 50], dtype=torch.uint8).view(1, 3, 1, 1)


def test_normalises_by_hand():
    preprocessor = PersonDataPreprocessor((0.5, 0.25, 0.0), (0.5, 0.5, 1.0))
    batch = PersonBatch(rows=torch.arange(1), images=COLOR)
    result = preprocessor(batch, True)
    assert set(result) == {"batch"}
    wanted = torch.tensor([(200 / 255 - 0.5) / 0.5, (100 / 255 - 0.25) / 0.5, 50 / 255])
    torch.testing.assert_close(result["batch"].images.flatten(), wanted)
    assert batch.images.dtype == torch.uint8  # the loader's batch is left alone


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_mirrors_as_opencv_does(memory_format):
    pictures = np.random.default_rng(0).integers(0, 256, (4, 6, 5, 3), dtype=np.uint8)
    flips = [True, False, False, True]
    mirrored = [cv2.flip(p, 1) if f else p for p, f in zip(pictures, flips, strict=True)]
    preprocessor = PersonDataPreprocessor()

    def images(stack):
        stacked = torch.from_numpy(np.stack(stack)).permute(0, 3, 1, 2)
        return stacked.contiguous(memory_format=memory_format)

    batch = PersonBatch(rows=torch.arange(4), images=images(pictures), flips=torch.tensor(flips))
    result = preprocessor(batch)["batch"]
    assert torch.equal(result.images, preprocessor.normalize(images(mirrored)))
    assert result.images.is_contiguous(memory_format=memory_format)
    assert result.flips is None, "else a second pass would mirror again"
    assert torch.equal(batch.images, images(pictures)) and batch.flips.tolist() == flips


def test_text_only_batches_pass():
    batch = PersonBatch(rows=torch.arange(2), token_ids=torch.ones(2, 3, dtype=torch.int64))
    result = PersonDataPreprocessor()(batch)["batch"]
    assert result.images is None and torch.equal(result.token_ids, batch.token_ids)


def test_denormalize_undoes_normalize():
    images = torch.randint(0, 256, (2, 3, 4, 4), dtype=torch.uint8)
    preprocessor = PersonDataPreprocessor()
    restored = preprocessor.denormalize(preprocessor.normalize(images))
    torch.testing.assert_close(restored, images / 255)


def test_gray_is_luma_before_normalisation():
    preprocessor = PersonDataPreprocessor()
    gray = preprocessor.denormalize(preprocessor.to_gray(preprocessor.normalize(COLOR)))
    luma = (0.299 * 200 + 0.587 * 100 + 0.114 * 50) / 255
    torch.testing.assert_close(gray.flatten(), torch.full((3,), luma))


def test_statistics_travel_with_the_weights():
    trained = PersonDataPreprocessor((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    loaded = PersonDataPreprocessor()
    loaded.load_state_dict(trained.state_dict())
    assert torch.equal(loaded.normalize(COLOR), trained.normalize(COLOR))
