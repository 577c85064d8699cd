import pytest
import torch

from plipdet.apis import load_model
from plipdet.errors import InputError


def test_weights_come_from_the_checkpoint(text_config, task, checkpoint):
    torch.manual_seed(1)
    loaded = load_model(text_config, checkpoint, device="cpu")
    assert not loaded.training
    for name, weight in task.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], weight), name


def test_weights_of_another_model_are_refused(text_config, tmp_path):
    path = tmp_path / "other.pth"
    torch.save({"state_dict": {"fc.weight": torch.ones(2)}}, path)
    with pytest.raises(InputError, match="checkpoint of another model"):
        load_model(text_config, path)


def test_a_missing_checkpoint_is_named(text_config, tmp_path):
    with pytest.raises(InputError, match=r"there is no checkpoint .*none\.pth"):
        load_model(text_config, tmp_path / "none.pth")


def test_a_folder_in_place_of_a_checkpoint_is_named(text_config, tmp_path):
    (tmp_path / "epoch_1.pth").touch()
    with pytest.raises(InputError, match=r"is a folder; name a checkpoint in it; .*epoch_1\.pth"):
        load_model(text_config, tmp_path)


def test_a_config_without_model_is_refused(tmp_path):
    path = tmp_path / "empty.py"
    path.write_text("work_dir = 'x'\n")
    with pytest.raises(InputError, match="no 'model'"):
        load_model(path, None)
