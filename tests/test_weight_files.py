import io
import pickle
import warnings
import zipfile
from collections import OrderedDict

import pytest
import torch

from plipdet.errors import InputError
from plipdet.weight_files import read_weight_file


class Surprise:
    def __reduce__(self):
        return print, ("code from the file ran",)


def _write(folder):
    torch.save({"a": torch.zeros(2000)}, folder / "whole.pth")
    whole = (folder / "whole.pth").read_bytes()
    (folder / "cut.pth").write_bytes(whole[: len(whole) // 2])
    (folder / "text.pth").write_text("epoch 1: loss 3.2\n")
    (folder / "empty.pth").write_bytes(b"")
    (folder / "text.safetensors").write_text("no header")
    (folder / "pointer.pth").write_text("version https://git-lfs.github.com/spec/v1\n")
    (folder / "pickle.pth").write_bytes(pickle.dumps(Surprise()))
    torch.save(Surprise(), folder / "object.pth")
    torch.save([1], folder / "list.pth")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cut.pth", r"is damaged or no checkpoint \(\d+ bytes, cut short\)"),
        ("text.pth", r"is damaged or no checkpoint \(18 bytes, no file of torch\)"),
        ("empty.pth", r"is damaged or no checkpoint \(0 bytes, empty\)"),
        ("text.safetensors", "is damaged or no checkpoint"),
        ("pointer.pth", "git lfs pull"),
        ("pickle.pth", "damaged or no checkpoint|could run any code"),
        ("object.pth", "could run any code"),
        ("list.pth", "holds a list"),
        ("whole.pht", "did you mean 'whole.pth'"),
        ("no/whole.pth", "there is no folder"),
    ],
)
def test_each_wrong_file_is_named(tmp_path, capsys, name, message):
    _write(tmp_path)
    with pytest.raises(InputError, match=message) as caught:
        read_weight_file(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value) and "\n" not in str(caught.value)
    assert capsys.readouterr() == ("", "")


def test_a_whole_file(tmp_path):
    _write(tmp_path)
    assert read_weight_file(tmp_path / "whole.pth")["a"].shape == (2000,)


def test_a_changed_byte_of_a_tensor_is_found(tmp_path):
    _write(tmp_path)
    path = tmp_path / "whole.pth"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="its bytes are not those that were written"):
        read_weight_file(path)


def test_damaged_tables_of_contents_are_found(tmp_path):
    """Bytes that PyTorch does not look at, but that make zipfile raise."""
    _write(tmp_path)
    whole = (tmp_path / "whole.pth").read_bytes()
    for at in range(len(whole) - 250, len(whole)):
        (tmp_path / "a.pth").write_bytes(whole[:at] + bytes([whole[at] ^ 0xD9]) + whole[at + 1 :])
        try:
            read_weight_file(tmp_path / "a.pth")
        except InputError as error:
            assert "damaged" in str(error) and "\n" not in str(error)


class _Reference:
    """Pickled as a tensor whose storage is said to have some elements."""

    def __init__(self, elements):
        self.elements = elements


class _ClaimPickler(pickle.Pickler):
    def persistent_id(self, thing):
        if isinstance(thing, _Reference):
            return ("storage", torch.FloatStorage, "0", "cpu", thing.elements)
        return None

    def reducer_override(self, thing):
        if isinstance(thing, torch.Tensor):
            count = thing.numel()
            rebuild = torch._utils._rebuild_tensor_v2
            return rebuild, (_Reference(count), 0, (count,), (1,), False, {})
        return NotImplemented


def _write_archive(path, elements, held, *, twice=False):
    content = io.BytesIO()
    _ClaimPickler(content, protocol=2).dump({"a": torch.zeros(elements)})
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, data in {
            "data.pkl": content.getvalue(),
            "byteorder": b"little",
            "data/0": bytes(held),
            "version": b"3\n",
        }.items():
            archive.writestr(f"archive/{name}", data)
        if twice:
            archive.writestr("archive/data/0", bytes(held))


def test_a_tensor_longer_than_its_bytes_is_refused(tmp_path):
    _write_archive(tmp_path / "right.pth", 10, 40)
    assert torch.equal(read_weight_file(tmp_path / "right.pth")["a"], torch.zeros(10))
    _write_archive(tmp_path / "long.pth", 1000, 40)
    _write_archive(tmp_path / "twice.pth", 10, 40, twice=True)
    for name, message in (
        ("long.pth", "storage '0' is said to have 4000 bytes and has 40"),
        ("twice.pth", "two records are named 'archive/data/0'"),
    ):
        with pytest.raises(InputError, match=message):
            read_weight_file(tmp_path / name)


def test_what_cannot_be_checked_is_not_read(tmp_path, monkeypatch):
    def fail(path):
        raise ValueError("an opcode of its own")

    _write(tmp_path)
    monkeypatch.setattr("plipdet.weight_files.broken_storage_claim", fail)
    with pytest.raises(InputError, match="is damaged or no checkpoint"):
        read_weight_file(tmp_path / "whole.pth")


def test_all_that_a_checkpoint_may_hold_passes(tmp_path):
    shared = torch.arange(6)
    types = (torch.bfloat16, torch.bool, torch.complex64, torch.int16, torch.float64, torch.uint8)
    content = {
        "types": [torch.zeros(3, dtype=t) for t in types],
        "views": [shared[1:3], shared.view(2, 3).T],
        "empty": torch.zeros(0),
        "float8": torch.zeros(3).to(torch.float8_e4m3fn),
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "plain": OrderedDict(a={1, 2}, b=(None, 1.5), c=torch.Size([2]), d=torch.float32),
    }
    torch.save(content, tmp_path / "all.pth")
    again = read_weight_file(tmp_path / "all.pth")
    assert again["plain"] == content["plain"] and torch.equal(
        again["views"][1], content["views"][1]
    )
