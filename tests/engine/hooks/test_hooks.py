import io
import sys
from types import SimpleNamespace

import pytest
import torch
from mmengine.hooks import CheckpointHook

from plipdet.engine.hooks import AtomicCheckpointHook, MaskCurriculumHook, ProgressBarHook
from plipdet.engine.hooks import progress_bar_hook as bars
from plipdet.errors import InputError


@pytest.mark.parametrize(
    ("schedule", "epoch", "expected"),
    [
        ("sqrt", 0, 0.2), ("sqrt", 25, 0.5), ("sqrt", 81, 0.74), ("sqrt", 100, 0.8),
        ("linear", 50, 0.5), ("square", 50, 0.35), ("constant", 99, 0.2),
    ],
)  # fmt: skip
def test_mask_ratio_of_an_epoch(schedule, epoch, expected):
    hook = MaskCurriculumHook(0.2, 0.8, schedule=schedule)
    assert hook.ratio(epoch, 100) == pytest.approx(expected)


def test_mask_curriculum_refuses_wrong_values():
    with pytest.raises(InputError, match="did you mean 'sqrt'"):
        MaskCurriculumHook(schedule="sqr")
    with pytest.raises(InputError, match=r"end is 1\.2"):
        MaskCurriculumHook(end=1.2)


def test_mask_curriculum_needs_a_head(load, runner_of):
    cfg = load()
    runner = runner_of(cfg)
    del runner.bare_model.heads["contrast"].mask_ratio
    with pytest.raises(InputError, match="no head with a mask_ratio"):
        MaskCurriculumHook().before_train_epoch(runner)


def test_checkpoint_hook_of_a_config_becomes_the_atomic_one(load, runner_of):
    hooks = [h for h in runner_of(load()).hooks if isinstance(h, CheckpointHook)]
    assert [type(h) for h in hooks] == [AtomicCheckpointHook]
    assert hooks[0].max_keep_ckpts == 1 and hooks[0].save_best == ["rank1"]


def test_rank_metrics_are_better_when_greater():
    assert AtomicCheckpointHook(save_best="rank1").rules == ["greater"]
    assert AtomicCheckpointHook(save_best="mINP").rules == ["greater"]


def test_interrupted_save_leaves_the_former_checkpoint(load, runner_of, tmp_path, monkeypatch):
    from plipdet.engine import checkpoint as files

    runner = runner_of(load(overrides={"train_cfg.max_epochs": 3}))
    write = files.write_checkpoint

    def fails_in_second_epoch(checkpoint, path):
        if "epoch_2" in str(path):
            raise OSError(28, "No space left on device", str(path))
        write(checkpoint, path)

    monkeypatch.setattr(files, "write_checkpoint", fails_in_second_epoch)
    with pytest.raises(OSError, match="No space"):
        runner.train()
    folder = tmp_path / "run"
    assert files.find_latest(folder) == folder / "epoch_1.pth"
    assert (folder / "best_rank1_epoch_1.pth").is_file()
    files.read_checkpoint(folder / "epoch_1.pth")


def test_better_best_replaces_the_former_after_it_is_written(load, runner_of, tmp_path):
    runner = runner_of(load(overrides={"train_cfg.max_epochs": 3}))
    scores = iter([10.0, 20.0, 15.0])
    runner.val_loop.evaluator = SimpleNamespace(evaluate=lambda **_: {"rank1": next(scores)})
    runner.train()
    names = sorted(p.name for p in (tmp_path / "run").glob("*.pth"))
    assert names == ["best_rank1_epoch_2.pth", "epoch_3.pth"]
    assert runner.message_hub.get_info("best_score") == 20.0


@pytest.mark.parametrize("figure", ["rank1", "mAP", "image_to_text/mAP"])
def test_the_best_checkpoint_says_what_it_was_selected_on_and_by(load, runner_of, tmp_path, figure):
    keys = {"train_cfg.max_epochs": 2, "default_hooks.checkpoint.save_best": figure}
    runner = runner_of(load(overrides=keys))
    scores = iter([20.0, 10.0])
    found = {"cmc": [1.0, 2.0], "queries": 6}
    loop = runner.val_loop
    loop.evaluator = SimpleNamespace(evaluate=lambda **_: {figure: next(scores), **found})
    runner.train()
    name = f"best_{figure.replace('/', '_')}_epoch_1.pth"
    meta = torch.load(tmp_path / "run" / name, weights_only=True)["meta"]
    assert meta["selected_by"] == {figure: 20.0}
    assert meta["selected_on"]["items"] == 6
    newest = torch.load(tmp_path / "run" / "epoch_2.pth", weights_only=True)["meta"]
    assert "selected_by" not in newest


class Terminal(io.StringIO):
    def isatty(self):
        return True


def drive(hook, steps=3):
    runner = SimpleNamespace(
        epoch=0, max_epochs=2, train_dataloader=range(steps), logger=SimpleNamespace(handlers=[])
    )
    hook.before_run(runner)
    hook.before_train_epoch(runner)
    for index in range(steps):
        hook.after_train_iter(runner, index)
    hook.after_train_epoch(runner)


def test_bar_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    drive(ProgressBarHook())
    assert "epoch 1/2" in sys.stderr.getvalue() and "\r" in sys.stderr.getvalue()


def test_no_bar_and_few_lines_elsewhere(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    drive(ProgressBarHook())
    assert sys.stderr.getvalue() == ""
    now = iter(range(0, 1000, 16))
    monkeypatch.setattr(bars.time, "monotonic", lambda: next(now))
    drive(ProgressBarHook(), steps=9)
    lines = sys.stderr.getvalue().splitlines()
    assert 1 <= len(lines) <= 5 and "epoch 1/2" in lines[0] and "\r" not in lines[0]


def test_histories_stay_short(load, runner_of):
    runner = runner_of(load(overrides={"train_cfg.max_epochs": 2}))
    runner.train()
    for name, history in runner.message_hub.log_scalars.items():
        if name.startswith("train/"):
            assert history.max_length <= 1000, name


def test_terms_are_read_at_the_interval_only(load, runner_of, monkeypatch):
    runner = runner_of(load(overrides={"train_cfg.max_epochs": 1, "val_cfg": None,
                                       "val_dataloader": None, "val_evaluator": None,
                                       "default_hooks.checkpoint.save_best": None}))  # fmt: skip
    reads = []
    item = torch.Tensor.item
    monkeypatch.setattr(torch.Tensor, "item", lambda t: reads.append(t.shape) or item(t))
    step = runner.model.train_step

    def counted(*args, **kwargs):
        reads.clear()
        out = step(*args, **kwargs)
        assert not reads
        return out

    runner.model.train_step = counted
    runner.train()
