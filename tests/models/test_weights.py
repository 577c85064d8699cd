import pickle

import pytest
import torch
from safetensors.torch import save_file

from plipdet.errors import InputError
from plipdet.models.weights import load_backbone_weights, read_weights


class Surprise:
    def __reduce__(self):
        return print, ("code from the file ran",)


def test_reads_both_formats(tmp_path):
    weights = {"a": torch.arange(3.0)}
    save_file(weights, tmp_path / "a.safetensors")
    torch.save({"epoch": 3, "state_dict": weights}, tmp_path / "a.pth")
    torch.save({"model": weights}, tmp_path / "b.pth")
    for name in ("a.safetensors", "a.pth", "b.pth"):
        read = read_weights(tmp_path / name)
        assert list(read) == ["a"] and torch.equal(read["a"], weights["a"])


def test_never_runs_code(tmp_path, capsys):
    torch.save({"a": Surprise()}, tmp_path / "a.pth")
    (tmp_path / "b.pth").write_bytes(pickle.dumps(Surprise()))
    for name in ("a.pth", "b.pth"):
        with pytest.raises(InputError, match=r"could run any code|is damaged or no checkpoint"):
            read_weights(tmp_path / name)
    assert "code from the file ran" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["broken.pth", "broken.safetensors"])
def test_broken_files(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x03\x04 nothing more")
    with pytest.raises(InputError, match="broken"):
        read_weights(tmp_path / name)


def test_missing_and_empty_files(tmp_path):
    with pytest.raises(InputError, match="there is no checkpoint"):
        read_weights(tmp_path / "a.pth")
    torch.save({"epoch": 3}, tmp_path / "a.pth")
    with pytest.raises(InputError, match=r"holds no tensors; its keys are \['epoch'\]"):
        read_weights(tmp_path / "a.pth")
    torch.save([1, 2], tmp_path / "a.pth")
    with pytest.raises(InputError, match="holds a list"):
        read_weights(tmp_path / "a.pth")


def test_other_shapes_are_named(tmp_path):
    torch.save({"weight": torch.zeros(3, 2), "bias": torch.zeros(3)}, tmp_path / "a.pth")
    with pytest.raises(InputError, match=r"'weight' .* \(3, 2\), Linear needs \(3, 4\)"):
        load_backbone_weights(torch.nn.Linear(4, 3), tmp_path / "a.pth")
    load_backbone_weights(torch.nn.Linear(2, 3), tmp_path / "a.pth")
