import pytest
import torch
from torchvision.models.detection import ssdlite320_mobilenet_v3_large

from plipdet.errors import InputError
from plipdet.models.detectors import TorchvisionDetector

MODEL = "ssdlite320_mobilenet_v3_large"


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "three_classes.pth"
    network = ssdlite320_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=3, detections_per_img=20
    )
    torch.save(network.state_dict(), path)
    return path


def test_finds_one_class_of_a_file(weights):
    detector = TorchvisionDetector(MODEL, weights, score=0.0, classes=3, person=2)
    picture = torch.randint(0, 255, (3, 90, 120), dtype=torch.uint8)
    with torch.no_grad():
        all_found = detector.network([picture / 255.0])[0]
    mine = all_found["labels"] == 2
    found = detector.detect([picture, picture[:, :60]])
    assert 0 < len(found[0]) == int(mine.sum()) < len(mine)
    assert bool((found[0].scores.diff() <= 0).all())
    torch.testing.assert_close(found[0].boxes, all_found["boxes"][mine])
    assert found[0].boxes.amax() <= 120
    assert found[1].boxes[:, 3].amax() <= 60


def test_names_what_is_wrong(weights, tmp_path):
    with pytest.raises(InputError, match="did you mean 'ssdlite320_mobilenet_v3_large'"):
        TorchvisionDetector("ssdlite320_mobilenet", weights)
    with pytest.raises(InputError, match=r"no weights of ssdlite320.*with 91 classes"):
        TorchvisionDetector(MODEL, weights)
    with pytest.raises(InputError, match="there is no checkpoint"):
        TorchvisionDetector(MODEL, tmp_path / "gone.pth")
    with pytest.raises(InputError, match="person is 3"):
        TorchvisionDetector(MODEL, weights, classes=3, person=3)
