import pytest
import timm
import torch

from plipdet.apis.imagenet_lite0 import convert_imagenet_lite0, to_timm_names
from plipdet.engine.starting_weights import weights_of_parts
from plipdet.errors import InputError
from plipdet.models import ImageEncoder
from plipdet.weight_files import read_weight_file


@pytest.fixture(scope="module")
def published():
    """The network under other names, as the package has it."""
    net = timm.create_model("tf_efficientnet_lite0")
    values = [v for k, v in net.state_dict().items() if "num_batches" not in k]
    return {f"_tensor.{n}": torch.randn_like(v) for n, v in enumerate(values)}


def test_the_file_fills_the_backbone_and_its_normalisation(published, tmp_path):
    torch.save(published, tmp_path / "lite.pth")
    result = convert_imagenet_lite0(tmp_path / "x.safetensors", tmp_path / "lite.pth")
    written = read_weight_file(tmp_path / "x.safetensors")["state_dict"]
    encoder = ImageEncoder(
        {"type": "TimmBackbone", "name": "tf_efficientnet_lite0"}, {"type": "MaxPooling"}
    )
    model = torch.nn.ModuleDict({"image_encoder": encoder})
    kept = weights_of_parts(model, written, ["image_encoder.backbone."], source="x")
    model.load_state_dict(kept, strict=False)
    assert torch.equal(encoder.backbone.net.conv_stem.weight, published["_tensor.0"])
    assert written["data_preprocessor.mean"].flatten()[0] == pytest.approx(0.485)
    assert result["converted_from"]["file"] == "lite.pth"


def test_another_network_and_another_ending_are_refused(tmp_path):
    with pytest.raises(InputError, match="no weights of EfficientNet-Lite0: 1 tensors"):
        to_timm_names({"a": torch.zeros(2)}, source="other.pth")
    with pytest.raises(InputError, match=r"ends in \.safetensors"):
        convert_imagenet_lite0(tmp_path / "x.pth")
