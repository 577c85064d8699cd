import pickle

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
