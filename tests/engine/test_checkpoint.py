import os
import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from plipdet.engine import checkpoint as files
from plipdet.errors import InputError


@pytest.fixture
def model():
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 2))


def message(path):
    with pytest.raises(InputError) as caught:
        files.read_checkpoint(path)
    return str(caught.value)


def test_round_trip_of_tensors_and_plain_data(tmp_path, model):
    path = tmp_path / "a.pth"
    files.write_checkpoint({"state_dict": model.state_dict(), "meta": {"epoch": 3}}, path)
    read = files.read_checkpoint(path)
    assert read["meta"] == {"epoch": 3}
    assert torch.equal(read["state_dict"]["0.weight"], model[0].weight)
    assert [p.name for p in tmp_path.iterdir()] == ["a.pth"]  # nothing temporary is left


def test_bare_weights_module_prefix_and_safetensors_are_read(tmp_path, model):
    torch.save({f"module.{k}": v for k, v in model.state_dict().items()}, tmp_path / "a.pth")
    save_file(model.state_dict(), tmp_path / "b.safetensors")
    for name in ("a.pth", "b.safetensors"):
        weights = files.read_checkpoint(tmp_path / name)["state_dict"]
        files.check_weights(model, weights, source=name)
        assert torch.equal(weights["1.bias"], model[1].bias)


def test_missing_file_names_the_nearest(tmp_path, model):
    torch.save(model.state_dict(), tmp_path / "epoch_3.pth")
    assert "did you mean 'epoch_3.pth'" in message(tmp_path / "epoch_4.pth")
    assert "no folder" in message(tmp_path / "nowhere" / "epoch_4.pth")


@pytest.mark.parametrize("length", [0, 1, 10, 300, 900])
def test_truncated_file_is_an_input_error(tmp_path, model, length):
    path = tmp_path / "a.pth"
    torch.save(model.state_dict(), path)
    os.truncate(path, length)
    assert "damaged or no checkpoint" in message(path)


@pytest.mark.parametrize("content", [b"not a checkpoint", b"\x80\x04", bytes(500), b"PK\x03\x04x"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_other_files_are_an_input_error(tmp_path, content, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    assert "damaged or no checkpoint" in message(path)


def test_git_lfs_pointer_is_recognised(tmp_path):
    path = tmp_path / "a.pth"
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    assert "git lfs pull" in message(path)


class Payload:
    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


@pytest.mark.parametrize("zipped", [True, False])
def test_code_in_a_checkpoint_is_never_run(tmp_path, zipped):
    trace = tmp_path / "ran"
    path = tmp_path / "a.pth"
    payload = {"state_dict": {}, "meta": Payload(f"touch {trace}")}
    torch.save(payload, path, _use_new_zipfile_serialization=zipped)
    assert "system" in message(path)
    path.write_bytes(pickle.dumps(payload))
    message(path)
    assert not trace.exists()


def test_files_without_weights_are_an_input_error(tmp_path):
    torch.save([1, 2], tmp_path / "a.pth")
    assert "holds a list" in message(tmp_path / "a.pth")
    torch.save({"epoch": 3}, tmp_path / "b.pth")
    assert "no weights" in message(tmp_path / "b.pth")


def test_weights_of_another_model_are_counted_and_listed(model):
    weights = {"0.weight": torch.zeros(4, 3), "0.bias": torch.zeros(5), "2.x": torch.zeros(1)}
    with pytest.raises(InputError) as caught:
        files.check_weights(model, weights, source="a.pth")
    text = str(caught.value)
    assert "1 of 4 tensors match" in text
    assert "missing: 1.weight, 1.bias" in text and "unexpected: 2.x" in text
    assert "0.bias ((5,) in the file, (4,) in the model)" in text
    files.check_weights(model, weights, source="a.pth", strict=False)
    with pytest.raises(InputError, match="load_from_strict=False"):
        files.check_weights(model, {**model.state_dict(), "x": torch.zeros(1)}, source="a.pth")
    with pytest.raises(InputError, match="checkpoint of another model"):
        files.check_weights(model, {"x": torch.zeros(1)}, source="a.pth", strict=False)
    larger = torch.nn.Sequential(*model, torch.nn.Linear(2, 2))
    with pytest.raises(InputError, match=r"has nothing of .*, which .*--load-from FILE"):
        files.check_weights(larger, model.state_dict(), source="a.pth")


def test_long_lists_are_cut(model):
    weights = {f"k{i}": torch.zeros(1) for i in range(9)}
    with pytest.raises(InputError, match="k0, k1, k2, k3 and 5 more"):
        files.check_weights(model, weights, source="a.pth")


def test_former_file_stays_whole_when_writing_fails(tmp_path, model, monkeypatch):
    path = tmp_path / "a.pth"
    files.write_checkpoint({"state_dict": model.state_dict()}, path)
    before = path.read_bytes()

    def full(*args):
        args[1].write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(InputError, match="No space"):
        files.write_checkpoint({"state_dict": {}}, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.pth"]


def test_pointer_survives_moving_the_folder(tmp_path):
    assert files.find_latest(tmp_path) is None
    (tmp_path / "epoch_2.pth").touch()
    files.write_text("/gone/epoch_2.pth", tmp_path / files.POINTER)
    assert files.find_latest(tmp_path) == tmp_path / "epoch_2.pth"
    files.write_text("/gone/epoch_3.pth", tmp_path / files.POINTER)
    assert files.find_latest(tmp_path) == tmp_path / "epoch_3.pth"  # who reads it says it is gone


def test_plain_data_can_be_read_without_code(tmp_path):
    mixed = {
        "number": np.float64(3), "array": np.zeros(3), "function": max, "none": None,
        "nested": [np.int32(4), {"tensor": torch.ones(2, requires_grad=True)}, object()],
    }  # fmt: skip
    plain = files.to_plain(mixed)
    assert set(plain) == {"number", "none", "nested"} and len(plain["nested"]) == 2
    assert type(plain["number"]) is float and type(plain["nested"][0]) is int
    torch.save(plain, tmp_path / "a.pth")
    torch.load(tmp_path / "a.pth", weights_only=True)


def test_parts_apart_are_there_as_a_whole_or_not_at_all(model):
    heads = torch.nn.ModuleDict({"a": torch.nn.Linear(2, 2), "b": torch.nn.Linear(2, 2)})
    task = torch.nn.ModuleDict({"net": model, "heads": heads})
    weights = task.state_dict()

    def check(*, left_out=(), **added):
        file = {k: v for k, v in weights.items() if not k.startswith(tuple(left_out))} | added
        files.check_weights(task, file, source="a.pth", apart="heads.")
        return files.parts_without_weights(task, file, "heads.")

    assert check() == []
    assert check(left_out=["heads.a."], **{"heads.c.weight": torch.ones(3)}) == ["a"]
    assert check(left_out=["heads."]) == ["a", "b"]
    assert check(left_out=["heads.a."], **{"heads.a.other": torch.ones(3)}) == ["a"]  # another's
    for changes in (
        {"left_out": ["heads.a.bias"]},
        {"left_out": ["net.0."]},
        {"heads.a.more": torch.ones(1)},
        {"heads.a.weight": torch.ones(3)},
        {"head.weight": torch.ones(3)},
    ):
        with pytest.raises(InputError, match="does not fit"):
            check(**changes)
    with pytest.raises(InputError, match=r"missing: heads\.a"):
        part = {k: v for k, v in weights.items() if not k.startswith("heads.a.")}
        files.check_weights(task, part, source="a.pth")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"state_dict": {"a": torch.ones(1), "b": "text"}}, "'b' in its state_dict is no tensor"),
        ({"state_dict": {"a": torch.ones(1)}, "meta": [1]}, "'meta' is no mapping"),
    ],
)
def test_malformed_content_is_an_input_error(tmp_path, content, words):
    torch.save(content, tmp_path / "a.pth")
    assert words in message(tmp_path / "a.pth")
