import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config

from plipdet.apis.transfer import FULL
from plipdet.apis.transfer import TASKS as DOWNSTREAM
from plipdet.apis.transfer.transfer_config import write_config
from plipdet.apis.transfer.transfer_tasks import Recipe
from plipdet.engine import PLIPRunner
from plipdet.engine.config import config_hash, for_testing, load_config
from plipdet.errors import InputError
from plipdet.models.necks import GlobalAveragePooling, MaxPooling

SETS = ("CUHK-PEDES", "Market-1501", "PA-100K")
TASKS = ["text", "image", "unsupervised", "attributes"]
FEW = {"identities": 4, "images": 2}
FEW_PEOPLE = {
    (task, protocol): Recipe(
        kinds[FULL].config,
        {
            **kinds[FULL].changes,
            "train_dataloader.batch_size": 8,
            **({"train_dataloader.sampler": FEW} if task == "image" else {}),
        },
    )
    for task in ("image", "attributes")
    for protocol, kinds in DOWNSTREAM[task].recipes.items()
    if protocol != "zero-shot"
}
"""The miniature has twelve people to train on."""
_RUNS = itertools.count()
BOT = Path(__file__).parents[3] / "configs" / "image_reid" / "bot_mini.py"


def cells_of(plan):
    return {column.name: cell for (_, column), cell in plan.cells.items()}


def small(cfg, work_dir):
    """Let a config run in this process, quickly."""
    cfg = load_config(cfg, work_dir=work_dir)
    loaders = [cfg.train_dataloader] if cfg.get("train_dataloader") else []
    test = cfg.test_dataloader
    loaders += [test] if "batch_size" in test else list(test.values())
    for loader in loaders:
        loader["num_workers"] = 0
        loader["batch_size"] = min(8, loader["batch_size"])
        if "identities" in loader["sampler"]:
            loader["sampler"].update(FEW)
    for hook in cfg.get("custom_hooks") or []:
        if "num_workers" in hook:
            hook["num_workers"] = 0
    cfg["default_hooks"]["progress"] = None
    cfg["visualizer"]["vis_backends"] = []
    cfg["log_level"] = "ERROR"
    cfg["experiment_name"] = f"transfer{next(_RUNS)}"
    return cfg


def run(cell, folder, monkeypatch):
    """Do in this process what the tools do; return the metrics."""
    write_config(cell.cfg, folder / "config.json")
    cfg = small(folder / "config.json", folder / "run")
    weights = str(cell.row.checkpoint)
    if cell.trains:
        cfg["load_from"] = weights
        with monkeypatch.context() as patch:  # formatting it takes longer than training
            patch.setattr(Config, "pretty_text", "")
            PLIPRunner.from_cfg(cfg).train()
        weights = (folder / "run" / "last_checkpoint").read_text().strip()
        cfg = small(folder / "config.json", folder / "run")
    cfg["load_from"] = weights
    with monkeypatch.context() as patch:
        patch.setattr(Config, "pretty_text", "")
        return PLIPRunner.from_cfg(for_testing(cfg)).test()


@pytest.mark.parametrize(
    ("budget", "options", "number"),
    [
        ("mini", {}, 9),
        (FULL, {"tasks": ["image", "attributes"], "protocols": ["probe", "fine-tune"]}, 3),
    ],
)
def test_every_cell_trains_two_steps_and_is_tested(
    budget, options, number, checkpoint, plan_of, tmp_path, monkeypatch
):
    found = "plipdet.engine.hooks.pseudo_label_hook.cluster"
    monkeypatch.setattr(found, lambda features, **_: np.arange(len(features)) % 6)
    recipes = FEW_PEOPLE if budget == FULL else None
    options = {"tasks": TASKS, "sets": SETS, "recipes": recipes, **options}
    plan = plan_of([str(checkpoint)], budget=budget, **options)
    assert len(plan.cells) == number and all(cell.cfg for cell in plan.cells.values())
    for number, cell in enumerate(plan.cells.values()):
        result = run(cell, tmp_path / str(number), monkeypatch)
        assert all(0 <= result[name] <= 100 for name in cell.column.metrics)
        if cell.trains:
            saved = list((tmp_path / str(number) / "run").glob("*.pth"))
            assert len(saved) == 1  # nothing is selected, the last remains
            assert torch.load(saved[0], weights_only=True)["meta"]["iter"] == cell.steps == 2


def test_a_mini_recipe_takes_the_whole_encoder_a_full_one_the_backbone(checkpoint, plan_of):
    options = {"tasks": ["image"], "protocols": ["fine-tune"], "sets": ["Market-1501"]}
    (mini,) = plan_of([str(checkpoint)], **options).cells.values()
    options["recipes"] = FEW_PEOPLE
    (full,) = plan_of([str(checkpoint)], budget=FULL, **options).cells.values()
    assert mini.cfg.model.image_encoder.pooling.type is MaxPooling
    assert mini.starts_from == ("image_encoder.", "data_preprocessor.")
    encoder = full.cfg.model.image_encoder
    assert encoder.pooling.type is GlobalAveragePooling and encoder.backbone.last_stride == 1
    assert encoder.embed_dim == 256 and encoder.backbone.stem_width == 8
    assert full.starts_from == ("image_encoder.backbone.", "data_preprocessor.")
    assert full.own_steps > full.steps == 2


def test_inputs_are_those_of_the_row(checkpoint, plan_of):
    plan = plan_of([str(checkpoint)], tasks=["text"], sets=["UFine6926", "CUHK-PEDES"])
    cells = cells_of(plan)
    cfg = cells["text/CUHK-PEDES/fine-tune"].cfg
    pipeline = cfg.train_dataloader.dataset.pipeline
    assert tuple(pipeline[0].min_size) == tuple(pipeline[1].size) == (64, 32)
    assert tuple(cfg.test_dataloader.gallery.dataset.pipeline[1].size) == (64, 32)
    assert cfg.model.data_preprocessor.mean == (0.1, 0.2, 0.3)
    assert not cfg.get("val_dataloader") and "save_best" not in cfg.default_hooks.checkpoint
    long = cells["text/UFine6926/fine-tune"].cfg.train_dataloader.dataset.pipeline[-1]
    assert long.tokenizer.max_length == 128


def test_without_a_text_encoder_there_is_no_text(save, config_text, plan_of):
    config = config_text.replace("IdentityContrastHead", "MomentumContrastHead")
    start, end = config.index("    text_encoder="), config.index("    heads=")
    moco = save("moco.pth", config=config[:start] + config[end:])
    cells = cells_of(plan_of([str(moco)], tasks=TASKS, sets=SETS))
    reasons = {name: cell.reason for name, cell in cells.items() if cell.cfg is None}
    assert set(reasons) == {
        *(f"text/CUHK-PEDES/{protocol}" for protocol in ("zero-shot", "probe", "fine-tune")),
        "attributes/PA-100K/zero-shot",
    }
    assert set(reasons.values()) == {"no text encoder"}


def test_a_file_without_pooling_starts_a_training_and_is_not_tested_as_it_is(
    checkpoint, plan_of, tmp_path
):
    content = torch.load(checkpoint, weights_only=True)
    kept = {k: v for k, v in content["state_dict"].items() if "pooling" not in k}
    path = tmp_path / "backbone.pth"
    torch.save({**content, "state_dict": kept}, path)
    cells = cells_of(plan_of([str(path)], tasks=["image"], sets=["Market-1501"]))
    tuned, tested = cells["image/Market-1501/fine-tune"], cells["image/Market-1501/zero-shot"]
    assert tuned.starts_from == ("image_encoder.backbone.", "data_preprocessor.")
    assert tested.cfg is None and "no fitting weights of image_encoder." in tested.reason


def test_weights_of_another_encoder_are_not_taken(checkpoint, plan_of, tmp_path):
    content = torch.load(checkpoint, weights_only=True)
    content["state_dict"]["image_encoder.backbone.conv1.weight"] = torch.zeros(5, 3, 3, 3)
    path = tmp_path / "other.pth"
    torch.save(content, path)
    cells = cells_of(plan_of([str(path)], tasks=["image"], sets=["Market-1501"]))
    assert all("no fitting weights" in cell.reason for cell in cells.values())


def test_nothing_is_taken_over_without_pre_training(checkpoint, plan_of):
    plan = plan_of([str(checkpoint), "none"], tasks=["text"], sets=["CUHK-PEDES"])
    first, none = plan.rows
    for column in plan.columns:
        cell = plan.cells[none, column]
        assert cell.cfg is not None and cell.starts_from == ()
        assert not cell.cfg.get("load_from_parts")
        assert cell.steps == plan.cells[first, column].steps


def test_the_same_plan_has_the_same_hashes(checkpoint, plan_of):
    options = {"tasks": ["image"], "sets": ["Market-1501"]}
    hashes = [
        [config_hash(cell.cfg) for cell in plan_of([str(checkpoint)], **options).cells.values()]
        for _ in range(2)
    ]
    assert hashes[0] == hashes[1] and len(set(hashes[0])) == 2


def test_data_that_cannot_be_trained_on_fail_in_their_column_alone(checkpoint, plan_of):
    plan = plan_of([str(checkpoint)], budget=FULL, tasks=["image"], sets=["Market-1501"])
    tested, tuned = cells_of(plan).values()
    assert tested.cfg is not None
    assert tuned.failed and "12 identities" in tuned.reason


def test_wrong_steps(checkpoint, plan_of):
    with pytest.raises(InputError, match="--steps 0"):
        plan_of([str(checkpoint)], steps=0)


def test_a_recipe_that_counts_iterations_fails_in_its_column(checkpoint, plan_of, tmp_path):
    cfg = load_config(BOT)
    cfg.train_cfg = dict(by_epoch=False, max_iters=5)
    path = tmp_path / "by_iterations.json"
    write_config(cfg, path)
    cell = _tuned_cell(plan_of, checkpoint, Recipe(str(path)))
    assert cell.failed and "trains by iterations" in cell.reason


def test_a_recipe_without_schedule_is_planned(checkpoint, plan_of):
    cell = _tuned_cell(plan_of, checkpoint, Recipe(str(BOT), {"param_scheduler": None}))
    assert not cell.failed and cell.cfg.param_scheduler == []


def _tuned_cell(plan_of, checkpoint, recipe):
    recipes = {("image", "fine-tune"): recipe}
    plan = plan_of([str(checkpoint)], sets=SETS[1:2], tasks=["image"], recipes=recipes)
    return list(cells_of(plan).values())[-1]
