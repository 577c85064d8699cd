import pytest
import torch

from plipdet.apis import ModelInputs, embed_images, embed_texts, load_model
from plipdet.apis.model_names import MODEL_NAMES, config_of
from plipdet.engine.config import load_config
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


def test_a_device_that_is_not_here_is_named(text_config, checkpoint):
    with pytest.raises(InputError, match=r"cannot go to device 'gpu'.*; name one that is here"):
        load_model(text_config, checkpoint, device="gpu")


def test_a_config_without_model_is_refused(tmp_path):
    path = tmp_path / "empty.py"
    path.write_text("work_dir = 'x'\n")
    with pytest.raises(InputError, match="no 'model'"):
        load_model(path, None)


def test_a_name_stands_for_a_config_with_the_inputs_of_both_encoders():
    for name in MODEL_NAMES:
        cfg = load_config(config_of(name))
        inputs = ModelInputs.from_config(cfg)
        assert inputs.tokenizer is not None and cfg.get("train_cfg") is None, name
    with pytest.raises(InputError, match="did you mean 'plip_r50'"):
        load_model("plip_r5O", None)


def test_without_checkpoint_the_reader_says_so():
    with pytest.raises(InputError, match="None in its place leaves the weights as initialised"):
        load_model("plip_mini")
    with pytest.raises(InputError, match=r"write load_model\(checkpoint=...\)"):
        load_model("epoch_4.pth")
    with pytest.raises(InputError, match="or a checkpoint that carries one"):
        load_model(None, None)


def test_a_checkpoint_alone_brings_its_config(cfg, task, data_root, tmp_path):
    path = tmp_path / "epoch_1.pth"
    torch.save({"state_dict": task.state_dict(), "meta": {"cfg": cfg.pretty_text}}, path)
    alone = load_model(checkpoint=path, device="cpu")
    folder = data_root / "CUHK-PEDES"
    torch.testing.assert_close(embed_images(alone, folder), embed_images(task, folder))
    torch.testing.assert_close(embed_texts(alone, "a man"), embed_texts(task, "a man"))


def test_a_checkpoint_without_config_needs_one(checkpoint):
    with pytest.raises(InputError, match=r"carries no config, .*load_model\(CONFIG, CHECKPOINT\)"):
        load_model(checkpoint=checkpoint)


def test_heads_without_weights_do_not_stay(text_config, task, tmp_path):
    weights = {k: v for k, v in task.state_dict().items() if not k.startswith("heads.color")}
    torch.save({"state_dict": weights}, tmp_path / "some.pth")
    loaded = load_model(text_config, tmp_path / "some.pth", device="cpu")
    assert set(loaded.heads) == {"contrast", "attributes"}
