import pytest
from interruptions import SignalAt, train_until

from plipdet.engine.checkpoint import find_latest, read_checkpoint
from plipdet.engine.hooks import AtomicCheckpointHook, PreemptionHook
from plipdet.errors import InputError, RunStoppedError

NO_VALIDATION = {"val_cfg": None, "val_dataloader": None, "val_evaluator": None,
                 "default_hooks.checkpoint.save_best": None}  # fmt: skip


def names(folder):
    return sorted(path.name for path in folder.glob("*.pth"))


def test_the_run_is_saved_where_it_is(load, runner_of, tmp_path):
    cfg, folder = load(), tmp_path / "run"
    message = train_until(6, runner_of, cfg)
    saved = folder / "iter_6.pth"
    assert message == (
        f"SIGTERM: stopped after iteration 6, saved as {saved}; --resume goes on from it"
    )
    assert find_latest(folder) == saved
    content = read_checkpoint(saved)
    assert (content["meta"]["epoch"], content["meta"]["iter"]) == (1, 6)
    assert content["data_position"]["batch"] == 2

    runner_of(cfg, resume=True).train()
    assert names(folder)[1:] == ["epoch_2.pth"]  # the next one takes its place


def test_what_is_saved_already_is_not_saved_again(load, runner_of, tmp_path):
    cfg = load(overrides={**NO_VALIDATION, "default_hooks.checkpoint.by_epoch": False})
    cfg.default_hooks.checkpoint.interval = 3
    message = train_until(3, runner_of, cfg)
    assert names(tmp_path / "run") == ["iter_3.pth"] and "iter_3.pth" in message
    saved = (tmp_path / "run/iter_3.pth").stat().st_mtime_ns
    message = train_until(4, runner_of, cfg, resume=True)
    assert names(tmp_path / "run") == ["iter_3.pth", "iter_4.pth"]
    assert (tmp_path / "run/iter_3.pth").stat().st_mtime_ns == saved


def test_interruptions_do_not_count_among_the_last_k(load, runner_of, tmp_path):
    cfg = load(overrides={**NO_VALIDATION, "default_hooks.checkpoint.by_epoch": False})
    cfg.default_hooks.checkpoint.update(interval=2, max_keep_ckpts=2)
    train_until(5, runner_of, cfg)
    assert names(tmp_path / "run") == ["iter_2.pth", "iter_4.pth", "iter_5.pth"]
    train_until(7, runner_of, cfg, resume=True)
    assert names(tmp_path / "run") == ["iter_4.pth", "iter_6.pth", "iter_7.pth"]
    runner_of(cfg, resume=True).train()
    assert names(tmp_path / "run") == ["iter_6.pth", "iter_8.pth"]


class SignalInValidation(SignalAt):
    def before_train_iter(self, runner, batch_idx, data_batch=None):
        pass

    def before_val_iter(self, runner, batch_idx, data_batch=None):
        if batch_idx == 1:
            next(
                h for h in runner.hooks if isinstance(h, PreemptionHook)
            ).signals.received = self.name


def test_validation_is_cut_short_and_made_up_for(load, runner_of, tmp_path):
    cfg = load()
    runner = runner_of(cfg)
    runner.register_hook(SignalInValidation(0, "SIGINT"))
    with pytest.raises(RunStoppedError, match=r"SIGINT: stopped after iteration 4, .*epoch_1\.pth"):
        runner.train()
    assert names(tmp_path / "run") == ["epoch_1.pth"]
    resumed = runner_of(cfg, resume=True)
    validated = []
    evaluate = resumed.val_loop.evaluator.evaluate
    resumed.val_loop.evaluator.evaluate = lambda **facts: (
        validated.append(resumed.iter) or evaluate(**facts)
    )
    resumed.train()
    assert validated == [4, 8]


def test_without_a_checkpoint_hook_it_says_so(load, runner_of, tmp_path):
    cfg = load(overrides=NO_VALIDATION)
    cfg.default_hooks.checkpoint = None
    message = train_until(2, runner_of, cfg)
    assert message.endswith("nothing is saved, as the config has no checkpoint hook")
    assert names(tmp_path / "run") == []


def test_it_can_be_left_out(load, runner_of):
    cfg = load(overrides=NO_VALIDATION)
    cfg.default_hooks.preemption = None
    hooks = runner_of(cfg).hooks
    assert not any(isinstance(hook, PreemptionHook) for hook in hooks)
    assert any(isinstance(hook, AtomicCheckpointHook) for hook in hooks)


def test_wrong_interval():
    with pytest.raises(InputError, match="interval is 0"):
        PreemptionHook(0)
