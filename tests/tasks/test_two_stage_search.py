import hashlib

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tiny_scenes import tiny_person_search, tiny_scenes
from tiny_task import tiny_task

from plipdet.datasets.transforms import ResizeScene
from plipdet.errors import InputError
from plipdet.models import Detector
from plipdet.structures import Detections
from plipdet.tasks import TrainedDetector, TwoStageSearchTask


class Told(Detector):
    """Finds what it was told, and has weights of its own."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(1))
        self.seen = []

    def detect(self, pictures):
        self.seen = [(p.dtype, tuple(p.shape)) for p in pictures]
        boxes = torch.tensor([[10.0, 20, 50, 120], [60, 5, 100.4, 90.2], [0, 0, 9, 9]])
        return [Detections(boxes, torch.tensor([0.9, 0.5, 0.01])) for _ in pictures]


def make(**options):
    return TwoStageSearchTask(Told(), tiny_task(), **{"crop_size": (64, 32), **options})


def test_embeddings_are_those_of_the_embedder_on_resized_crops():
    task, batch = make(), tiny_scenes()
    found = task.val_step(batch)
    assert task.detector.seen == [(torch.uint8, (3, 128, 160)), (torch.uint8, (3, 120, 150))]
    assert [len(people) for people in found] == [2, 2]  # the third is too unsure
    picture = batch.images[0].permute(1, 2, 0).numpy()
    crops = [picture[20:120, 10:50], picture[5:91, 60:101]]
    pictures = np.stack([cv2.resize(c, (32, 64), interpolation=cv2.INTER_CUBIC) for c in crops])
    embedder = tiny_task().eval()
    images = embedder.data_preprocessor.normalize(torch.from_numpy(pictures).permute(0, 3, 1, 2))
    with torch.no_grad():
        wanted = F.normalize(embedder.embed_images(images), dim=1)
    torch.testing.assert_close(found[0].embeddings, wanted, rtol=1e-3, atol=1e-3)
    assert found[1].boxes[0].tolist() == [40.0, 40.0, 200.0, 240.0]  # px on disk
    with torch.no_grad():
        own = task(task.data_preprocessor(batch, False)["batch"], mode="boxes")
    torch.testing.assert_close(own[0], found[0].embeddings[0])


def test_a_file_of_the_embedder_is_its_file():
    task, embedder = make(), tiny_task(seed=1)
    assert set(task.state_dict()) == set(embedder.state_dict())
    result = task.load_state_dict(embedder.state_dict())
    assert not result.missing_keys and not result.unexpected_keys
    torch.testing.assert_close(
        task.image_encoder.pooling.proj.weight, embedder.image_encoder.pooling.proj.weight
    )
    assert task.embedder.image_encoder is task.image_encoder
    assert task.to(torch.float64).detector.scale.dtype == torch.float64  # it moves along


def test_only_crops_are_embedded_and_nothing_is_trained():
    with pytest.raises(InputError, match="crops"):
        TwoStageSearchTask(Told(), tiny_person_search())
    with pytest.raises(InputError, match="no Detector"):
        TwoStageSearchTask(torch.nn.Identity(), tiny_task())
    task = make().train()
    assert not task.training and not any(p.requires_grad for p in task.parameters())
    with pytest.raises(InputError, match="not trained"):
        task(task.data_preprocessor(tiny_scenes(), False)["batch"], mode="loss")
    with pytest.raises(InputError, match="knows"):
        task(tiny_scenes(), mode="lose")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crop_size": (0, 64)}, r"crop_size of TwoStageSearchTask is \(0, 64\); expected two"),
        ({"crop_size": (64.5, 32)}, "two whole numbers of 1 or more"),
        ({"crop_size": (64,)}, "two whole numbers of 1 or more"),
        ({"crop_size": 64}, "two whole numbers of 1 or more"),
        ({"score_threshold": 1.5}, "score_threshold of TwoStageSearchTask is 1.5; expected"),
        ({"max_people": 0}, "max_people of TwoStageSearchTask is 0; expected a whole number, 1"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        make(**options)


def test_a_trained_network_serves_as_detector(tmp_path):
    task = tiny_person_search(score_threshold=0.0).eval()
    torch.save({"state_dict": task.state_dict(), "meta": {"epoch": 2}}, tmp_path / "a.pth")
    detector = TrainedDetector(
        tiny_person_search(seed=1, score_threshold=0.0), tmp_path / "a.pth", size=(128, 160)
    )
    assert detector.weights_path == tmp_path / "a.pth" and detector.weights_meta == {"epoch": 2}
    assert detector.weights_hash() == hashlib.sha256((tmp_path / "a.pth").read_bytes()).hexdigest()
    picture = tiny_scenes().images[0]
    (found,) = detector.detect([picture])
    with torch.no_grad():
        normalised = task.data_preprocessor(tiny_scenes(), False)["batch"]
        wanted = task(normalised, mode="predict")[0]
    torch.testing.assert_close(found.boxes, wanted.boxes, rtol=1e-3, atol=0.05)
    assert found.embeddings is None
    twice = torch.nn.functional.interpolate(picture[None].float(), scale_factor=2)[0].byte()
    (larger,) = detector.detect([twice])
    assert larger.boxes.max() > 200  # px of the larger picture
    seen = []
    detector.task.data_preprocessor.register_forward_pre_hook(
        lambda _, given: seen.append(given[0])
    )
    detector.detect([twice])
    pixels = np.ascontiguousarray(twice.permute(1, 2, 0).numpy())
    trained_on = ResizeScene((128, 160)).transform({"img": pixels, "boxes": np.zeros((0, 4))})[
        "img"
    ]
    np.testing.assert_array_equal(seen[0].images[0].permute(1, 2, 0), trained_on)
    torch.save({"norm.weight": torch.ones(2)}, tmp_path / "b.pth")
    with pytest.raises(InputError, match="does not fit"):
        TrainedDetector(tiny_person_search(), tmp_path / "b.pth")
    with pytest.raises(InputError, match="there is no checkpoint"):
        TrainedDetector(tiny_person_search(), tmp_path / "none.pth")
