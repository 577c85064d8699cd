from pathlib import Path

import pytest
from mmengine.config import Config

from plipdet.apis import ModelInputs
from plipdet.engine.config import load_config
from plipdet.engine.config_text import config_from_text
from plipdet.errors import InputError
from plipdet.registry import TASKS, build

ROOT = Path(__file__).parents[2]
TASK = "dict(type='plipdet.tasks.PretrainingTask', image_encoder={})"


def read(text):
    return config_from_text(text, where="epoch_1.pth")


def names_for_classes(value):
    if isinstance(value, dict):
        return {k: names_for_classes(v) for k, v in value.items() if k != "pretrained"}
    if isinstance(value, (list, tuple)):
        return [names_for_classes(v) for v in value]
    return value.__name__ if isinstance(value, type) else str(value).rsplit(".", 1)[-1]


@pytest.mark.parametrize("name", ["pretrain_mini", "pretrain_r50_v1", "pretrain_swin_b"])
def test_a_dumped_config_gives_the_same_model_and_inputs(name):
    cfg = load_config(ROOT / f"configs/plip/{name}.py")
    found = read(cfg.pretty_text)
    assert names_for_classes(found.to_dict()["model"]) == names_for_classes(cfg.to_dict()["model"])
    ours, theirs = ModelInputs.from_config(found), ModelInputs.from_config(cfg)
    assert ours.resize.size == theirs.resize.size
    assert ours.tokenizer.name == theirs.tokenizer.name
    assert found.model.text_encoder.pretrained is False  # the checkpoint's weights follow


def test_numbers_and_mappings_come_back():
    model = {"heads": {"a-b": {"x": -1.5, "y": float("inf")}}, "n": [(1, "two"), None, True]}
    text = Config({"model": model}).pretty_text
    assert "'a-b'" in text and read(text).model == model
    assert read("model = dict({'a b': 1}, c=2)").model == {"a b": 1, "c": 2}


@pytest.mark.parametrize(
    "text",
    [
        "import os\nmodel = dict()",
        "model = dict(x=open('trace', 'w'))",
        "model = dict(x=[c for c in ().__class__.__mro__])",
        "model = dict(**{'x': 1})",
        "model = dict(x=f'{open}')",
        "model = dict(x=1 + 1)",
        "model = (lambda: {})()",
        "model['x'] = 1",
        "x = model = dict()",
        "model = " + "[" * 5000 + "]" * 5000,
        "model = dict(",
        "model = 3",
        "other = 3",
        "model = dict(x='\0')",
        f"model = {TASK.format('dict(type=`os.system`, command=`touch trace`)')}".replace("`", '"'),
        f"model = {TASK.format('dict(type=`subprocess.Popen`, args=`id`)')}".replace("`", '"'),
        "model = dict(type='plipdet.tasks.os.system')",
        "model = dict(type='elsewhere.PretrainingTask')",
        "model = dict(type='mmengine.model.Sequential')",
        "model = dict(type='TimmBackbone', name='resnet10t', options=dict(checkpoint_path='x'))",
        "model = dict(type='TimmBackbone', name='resnet10t', checkpoint='x.pth')",
        "model = dict(type='MMPretrainBackbone', backbone=dict(type='ResNet', depth=18))",
    ],
)
def test_text_that_would_run_or_look_elsewhere_is_refused(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if "x='\0'" in text:
        text = text.replace("\\0", "\0")
    with pytest.raises(InputError, match=r"inside epoch_1\.pth cannot be read without running"):
        read(text)
    assert not list(tmp_path.iterdir())


def test_only_known_transforms_are_read_from_pipelines():
    pipeline = "[dict(type='evil.ResizePerson', size=1), dict(type='os.system', command='id')]"
    cfg = read(f"model = dict()\ntrain_dataloader = dict(dataset=dict(pipeline={pipeline}))")
    with pytest.raises(InputError, match="has a pipeline with ResizePerson"):
        ModelInputs.from_config(cfg)


def test_a_plug_in_s_class_counts_once_it_is_imported():
    path = ROOT / "projects/example_head/configs/pretrain_mini_matching.py"
    text = load_config(path).pretty_text  # imports the plug-in
    assert "matching" in read(text).model.heads
    missing = text.replace("ImageTextMatchingHead", "ImageTextMatchingHeadTwo")
    with pytest.raises(InputError, match="MatchingHeadTwo, which is not registered here"):
        read(missing)


def test_what_was_read_builds():
    cfg = load_config(ROOT / "configs/plip/pretrain_mini.py")
    task = build(read(cfg.pretty_text)["model"], TASKS)
    assert set(task.heads) == {"contrast", "colorization", "attributes"}
