import json
import shutil
from logging import getLogger
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from mmengine.logging import MessageHub

from plipdet.datasets import PersonDataset, SceneDataset, collate_scenes
from plipdet.datasets.sources import Prw, SynthPedes
from plipdet.datasets.transforms import LoadPersonImage, LoadScene, ResizePerson
from plipdet.engine import checkpoint as files
from plipdet.engine.hooks import UnreadableImagesHook
from plipdet.errors import InputError

NO_VALIDATION = {"val_cfg": None, "val_dataloader": None, "val_evaluator": None,
                 "default_hooks.checkpoint.save_best": None}  # fmt: skip


@pytest.fixture
def pictures(tmp_path):
    """16 pictures of 8 people in the layout of SYNTH-PEDES."""
    import cv2

    folder = tmp_path / "SYNTH-PEDES"
    records = []
    for n in range(16):
        name = f"Part1/{n // 2}/{n}.jpg"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(n).integers(0, 256, (8, 4, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / name), pixels)
        records.append({"id": n // 2, "file_path": name, "captions": ["someone"]})
    (folder / "synthpedes_dataset.json").write_text(json.dumps(records))
    return folder


@pytest.fixture
def run(load, runner_of, pictures):
    def make(broken, *, limit=100, epochs=2, resume=False, **options):
        cfg = load(overrides={**NO_VALIDATION, "train_cfg.max_epochs": epochs})
        cfg.train_dataloader.dataset = dict(
            type=PersonDataset,
            source=dict(type=SynthPedes, root=str(pictures)),
            pipeline=[dict(type=LoadPersonImage), dict(type=ResizePerson, size=(8, 4))],
            **{"unreadable": "replace", **options},
        )
        if limit is None:
            cfg.default_hooks.pop("unreadable_images", None)
        else:
            cfg.default_hooks.unreadable_images = dict(type=UnreadableImagesHook, limit=limit)
        runner = runner_of(cfg, resume=resume)
        for n in broken:
            (pictures / f"Part1/{n // 2}/{n}.jpg").write_bytes(b"no picture")
        return runner

    return make


def report(runner):
    path = files.Path(runner.work_dir) / "unreadable_images.txt"
    return [json.loads(line) for line in path.read_text().splitlines()]


def logged(runner):
    path = next((files.Path(runner.log_dir) / "vis_data").glob("2*.json"))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line["unreadable_images"] for line in lines if "unreadable_images" in line]


def test_each_is_counted_and_named_once(run, pictures):
    runner = run([3, 8])
    runner.train()
    records = report(runner)
    assert {r["image"] for r in records} == {"Part1/1/3.jpg", "Part1/4/8.jpg"}
    for record in records:
        assert str(pictures / record["image"]) in record["reason"]
        assert "cannot be read, it is no picture" in record["reason"]
    assert logged(runner)[-1] == 2
    log = next(files.Path(runner.log_dir).glob("*.log")).read_text()
    assert log.count(f"{pictures}/Part1/1/3.jpg cannot be read") == 1
    assert "unreadable image 2 of at most 100" in log


def test_a_config_that_names_no_hook_replaces_nothing_in_silence(run):
    runner = run([3], epochs=1, limit=None)
    runner.train()
    assert [r["image"] for r in report(runner)] == ["Part1/1/3.jpg"]


def test_scenes_are_counted_and_named_too(tmp_path):
    scenes = Path(__file__).parents[2] / "data/miniscenes/PRW"
    root = shutil.copytree(scenes, tmp_path / "PRW")
    dataset = SceneDataset(Prw(root), [LoadScene()], split="train", unreadable="replace")
    name = dataset.scenes[dataset.scene_of(1)].image
    (root / name).write_bytes(b"no picture")
    runner = SimpleNamespace(
        train_dataloader=SimpleNamespace(dataset=dataset),
        message_hub=MessageHub.get_instance("scenes"),
        logger=getLogger("scenes"),
        work_dir=str(tmp_path),
    )
    batch = collate_scenes(dataset.__getitems__([0, 1]))
    UnreadableImagesHook().after_train_iter(runner, 0, data_batch=batch)
    assert [r["image"] for r in report(runner)] == [name]


def test_a_good_run_reports_nothing(run):
    runner = run([], epochs=1)
    runner.train()
    assert logged(runner) == []
    assert not (files.Path(runner.work_dir) / "unreadable_images.txt").exists()


@pytest.mark.parametrize(("limit", "broken"), [(0, [5]), (1, [5, 6])])
def test_more_than_the_limit_stop_the_run(run, limit, broken):
    runner = run(broken, limit=limit)
    says = rf"{limit + 1} images could not be read, more than .* limit of {limit}.*5\.jpg|6\.jpg"
    with pytest.raises(InputError, match=says):
        runner.train()
    assert len(report(runner)) == limit + 1


def test_the_count_goes_on_after_resuming(run):
    run([3], epochs=1).train()
    runner = run([3, 12], resume=True, limit=1)
    with pytest.raises(InputError, match="2 images could not be read"):
        runner.train()
    assert [r["image"] for r in report(runner)] == ["Part1/1/3.jpg", "Part1/6/12.jpg"]


def test_without_replacement_the_first_stops(run):
    with pytest.raises(InputError, match=r"3\.jpg cannot be read"):
        run([3], unreadable="stop").train()


@pytest.mark.parametrize("arguments", [{"limit": -1}, {"interval": 0}])
def test_wrong_arguments(arguments):
    with pytest.raises(InputError, match="UnreadableImagesHook's"):
        UnreadableImagesHook(**arguments)
