import json
import math
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.hooks import EMAHook

from plipdet.engine import checkpoint as files
from plipdet.engine.hooks import NonFiniteHook, SteadyEMAHook
from plipdet.engine.hooks import non_finite_hook as hooks
from plipdet.errors import InputError
from plipdet.structures import PersonBatch, PersonRow

NO_VALIDATION = {"val_cfg": None, "val_dataloader": None, "val_evaluator": None,
                 "default_hooks.checkpoint.save_best": None}  # fmt: skip


@pytest.fixture
def poisoned_run(load, runner_of):
    """A run whose pictures of some rows become NaN on their way into the model."""

    def make(rows, *, work="run", epochs=2, resume=False, hooks=(), **overrides):
        options = {**NO_VALIDATION, "train_cfg.max_epochs": epochs, **overrides}
        cfg = load(work=work, overrides=options)
        cfg["custom_hooks"] = [*cfg.custom_hooks, *hooks]
        runner = runner_of(cfg, resume=resume)
        preprocessor = runner.bare_model.data_preprocessor
        forward = preprocessor.forward

        def poison(data, training=False):
            found = forward(data, training)
            bad = torch.isin(found["batch"].rows, torch.tensor(rows, dtype=torch.int64))
            found["batch"].images[bad] = math.nan
            return found

        preprocessor.forward = poison
        return runner

    return make


def weights(runner):
    return {k: v.clone() for k, v in runner.bare_model.state_dict().items()}


def log_lines(runner):
    path = next((files.Path(runner.log_dir) / "vis_data").glob("2*.json"))
    return [json.loads(line) for line in path.read_text().splitlines()]


def log_text(runner):
    return next(Path(runner._log_dir).glob("*.log")).read_text()


def test_bad_rows_are_counted_named_and_leave_the_model_alone(poisoned_run, tmp_path):
    runner = poisoned_run([5])
    runner.train()
    assert runner.message_hub.get_info("skipped_steps") == 2  # once an epoch
    assert all(v.isfinite().all() for v in weights(runner).values())
    reports = sorted((tmp_path / "run/non_finite").iterdir())
    assert len(reports) == 2
    for path in reports:
        report = json.loads(path.read_text())
        assert path.name == f"iter_{report['iter']}_rank_0.json"
        assert {"item": 5} in report["samples_of_each_iteration"][0]
        assert report["loss_of_each_iteration"] == ["nan"] and report["grad_norm"] == "nan"
        assert report["loss_terms_of_the_last"]["contrast/loss"] == "nan"
        assert "image_encoder.net.0.weight" in report["first_of_them"]
        assert report["parameters_with_bad_gradient"] == len(report["first_of_them"])
        assert report["lr"].keys() == {"lr", "image_lr", "text_lr", "heads_lr"}
    lines = [line for line in log_lines(runner) if "loss" in line]
    assert [line["skipped_steps"] for line in lines] == sorted(
        line["skipped_steps"] for line in lines
    )
    assert lines[-1]["skipped_steps"] == 2
    assert all(math.isfinite(line["loss"]) for line in lines)


def test_a_good_run_has_no_reports(poisoned_run, tmp_path):
    runner = poisoned_run([], epochs=1)
    runner.train()
    assert not (tmp_path / "run/non_finite").exists()
    assert [line["skipped_steps"] for line in log_lines(runner) if "loss" in line] == [0, 0]


def test_the_limit_stops_the_run_at_a_good_checkpoint(poisoned_run, tmp_path):
    limited = {"default_hooks.non_finite": {"type": NonFiniteHook, "limit": 2}}
    runner = poisoned_run([5], epochs=9, **limited)
    with pytest.raises(InputError) as caught:
        runner.train()
    for part in ("at 3 steps", "limit of 2", "optimizer.lr", "max_norm", "bfloat16", "--resume"):
        assert part in str(caught.value), part
    name = f"iter_{runner.iter + 1}.pth"
    latest = files.find_latest(tmp_path / "run")
    if (runner.iter + 1) % 4:  # otherwise the epoch's own checkpoint is that state
        assert latest == tmp_path / "run" / name
    assert str(latest) in str(caught.value)
    saved = files.read_checkpoint(latest)
    assert saved["meta"]["iter"] == runner.iter + 1
    for key, value in weights(runner).items():
        assert torch.equal(value, saved["state_dict"][key]) and value.isfinite().all()
    wider = {"default_hooks.non_finite": {"type": NonFiniteHook, "limit": 9}}
    resumed = poisoned_run([5], epochs=4, resume=True, **wider)
    resumed.train()
    assert resumed.message_hub.get_info("skipped_steps") == 4
    assert "skipped_steps: 4 " in log_text(resumed)  # not 4.0000, as an uninterrupted run


def test_a_resumed_run_goes_on_counting(poisoned_run):
    poisoned_run([5], epochs=1).train()
    limited = {"default_hooks.non_finite": {"type": NonFiniteHook, "limit": 1}}
    resumed = poisoned_run([5], epochs=9, resume=True, **limited)
    with pytest.raises(InputError, match="at 2 steps, more than NonFiniteHook's limit of 1"):
        resumed.train()
    assert resumed.epoch in (1, 2)


def test_the_average_of_weights_leaves_skipped_steps_out(poisoned_run):
    ema = {"type": EMAHook, "momentum": 0.5}
    runner = poisoned_run(list(range(16)), epochs=1, hooks=[ema])
    (hook,) = [h for h in runner.hooks if isinstance(h, EMAHook)]
    assert type(hook) is SteadyEMAHook
    runner.train()
    assert runner.message_hub.get_info("skipped_steps") == 4
    assert hook.ema_model.steps == 0
    good = poisoned_run([], work="good", epochs=1, hooks=[ema])
    good.train()
    (hook,) = [h for h in good.hooks if isinstance(h, EMAHook)]
    assert hook.ema_model.steps == 4


def test_a_report_that_cannot_be_written_stops_nothing(poisoned_run, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run/non_finite").touch()
    runner = poisoned_run([5], epochs=1)
    runner.train()
    assert runner.epoch == 1
    assert "the report of iteration" in next((tmp_path / "run").rglob("*.log")).read_text()


def test_samples_are_named_by_the_table():
    rows = {7: PersonRow("a/7.jpg", person_id=3, captions=["a man in red"])}
    dataset = SimpleNamespace(unit="image", table=rows)
    runner = SimpleNamespace(train_dataloader=SimpleNamespace(dataset=dataset))
    (sample,) = hooks._samples(runner, PersonBatch(rows=torch.tensor([7])))
    assert sample == {
        "row": 7, "image": "a/7.jpg", "person_id": 3, "captions": ["a man in red"]
    }  # fmt: skip


def test_wrong_limit():
    with pytest.raises(InputError, match="limit is -1"):
        NonFiniteHook(limit=-1)
