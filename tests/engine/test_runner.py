import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from engine_toys import ToyDataset, ToyTask

from plipdet.engine import checkpoint as files
from plipdet.errors import InputError


def weights(runner):
    return {k: v.clone() for k, v in runner.bare_model.state_dict().items()}


def logged(runner):
    lines = next((p for p in runner_log(runner).glob("vis_data/*.json")), None)
    return [json.loads(line) for line in lines.read_text().splitlines()]


def runner_log(runner):
    from pathlib import Path

    return Path(runner.log_dir)


def test_training_writes_checkpoints_and_scalars(load, runner_of, tmp_path):
    runner = runner_of(load())
    runner.train()
    names = sorted(p.name for p in (tmp_path / "run").glob("*.pth"))
    assert "epoch_2.pth" in names and "epoch_1.pth" not in names  # keeps the last one
    assert [n for n in names if n.startswith("best_rank1_epoch_")]
    assert files.find_latest(tmp_path / "run").name == "epoch_2.pth"
    lines = [line for line in logged(runner) if "loss" in line]
    assert len(lines) == 4  # two an epoch of four iterations
    for key in ("contrast/loss", "image_lr", "text_lr", "heads_lr", "mask_ratio", "grad_norm",
                "data_time", "time"):  # fmt: skip
        assert key in lines[0], key
    assert lines[0]["text_lr"] == pytest.approx(0.1 * lines[0]["image_lr"])
    assert lines[0]["image_lr"] == pytest.approx(2e-4)
    assert lines[0]["mask_ratio"] == pytest.approx(0.2)


def test_logged_loss_is_the_mean_of_its_interval(load, runner_of):
    runner = runner_of(load(overrides={"train_cfg.max_epochs": 1}))
    seen = []
    step = runner.model.train_step

    def recorded(*args, **kwargs):
        out = step(*args, **kwargs)
        seen.append(float(out["loss"]))
        return out

    runner.model.train_step = recorded
    runner.train()
    lines = [line["loss"] for line in logged(runner) if "loss" in line]
    assert lines == pytest.approx([sum(seen[:2]) / 2, sum(seen[2:]) / 2], rel=1e-6)


@pytest.mark.parametrize("workers", [0, 1])
def test_two_epochs_resumed_equal_four_epochs_bit_for_bit(load, runner_of, tmp_path, workers):
    options = {"train_cfg.max_epochs": 4, "train_dataloader.num_workers": workers}
    if workers:
        options["train_dataloader.persistent_workers"] = True
    whole = runner_of(load(work="whole", overrides=options))
    whole.train()

    class StopError(Exception):
        pass

    half = runner_of(load(work="half", overrides=options))
    run_epoch = type(half.train_loop).run_epoch

    def stops_in_third(loop=half.train_loop):
        if loop.epoch == 2:
            raise StopError
        run_epoch(loop)

    half.train_loop.run_epoch = stops_in_third
    with pytest.raises(StopError):
        half.train()
    torch.rand(7)  # whatever else happens to the generators meanwhile
    resumed = runner_of(load(work="half", overrides=options), resume=True)
    resumed.train()
    assert resumed.epoch == whole.epoch == 4 and resumed.iter == whole.iter
    for name, value in weights(whole).items():
        assert torch.equal(value, weights(resumed)[name]), name
    ours, theirs = (
        r.optim_wrapper.state_dict()["state"] for r in (whole, resumed)
    )  # fmt: skip
    assert all(torch.equal(ours[p][k], theirs[p][k]) for p in ours for k in ours[p])
    ends = [files.read_checkpoint(tmp_path / work / "epoch_4.pth") for work in ("half", "whole")]
    assert torch.equal(*[end["random_states"][0]["torch"] for end in ends])


def test_resuming_in_an_empty_folder_starts_anew(load, runner_of):
    runner = runner_of(load(overrides={"train_cfg.max_epochs": 1}), resume=True)
    runner.train()
    assert runner.epoch == 1


def test_seed_comes_from_the_checkpoint_when_none_is_given(load, runner_of):
    cfg = load(overrides={"train_cfg.max_epochs": 1})
    runner_of(cfg).train()
    longer = load(overrides={"train_cfg.max_epochs": 2, "randomness.seed": None})
    resumed = runner_of(longer, resume=True)
    resumed.train()
    assert resumed.seed == 3
    assert resumed.train_dataloader.dataset.seed == resumed.train_dataloader.sampler.seed == 3


def test_checkpoint_of_another_model_is_refused_before_data_are_opened(load, runner_of, tmp_path):
    runner_of(load(overrides={"train_cfg.max_epochs": 1})).train()
    other = load(work="other", replace=[("heads=dict(contrast", "heads=dict(other")])
    runner = runner_of(other, load_from=str(tmp_path / "run/epoch_1.pth"))
    runner._train_dataloader = "never built"
    with pytest.raises(InputError) as caught:
        runner.train()
    message = str(caught.value)
    assert "13 of 15 tensors match" in message
    assert "missing: heads.other.classes.weight, heads.other.classes.bias" in message
    assert "unexpected: heads.contrast.classes.weight" in message
    assert "load_from_strict=False" in message


def test_partial_load_takes_what_matches(load, runner_of, tmp_path):
    runner_of(load(overrides={"train_cfg.max_epochs": 1})).train()
    other = load(work="other", replace=[("heads=dict(contrast", "heads=dict(other")])
    path = tmp_path / "run/epoch_1.pth"
    runner = runner_of(other, load_from=str(path), load_from_strict=False)
    runner.load_or_resume()
    saved = torch.load(path, weights_only=True)["state_dict"]
    key = "image_encoder.net.4.weight"
    assert torch.equal(runner.bare_model.state_dict()[key], saved[key])


def test_resuming_from_best_weights_says_what_to_do(load, runner_of, tmp_path):
    runner_of(load(overrides={"train_cfg.max_epochs": 1})).train()
    best = next((tmp_path / "run").glob("best_*.pth"))
    with pytest.raises(InputError, match="set load_from to start anew"):
        runner_of(load(), resume=True, load_from=str(best)).train()


def test_resuming_with_another_optimizer_is_an_input_error(load, runner_of):
    runner_of(load(overrides={"train_cfg.max_epochs": 1})).train()
    frozen = load()
    del frozen.optim_wrapper["paramwise_cfg"]
    runner = runner_of(frozen, resume=True)
    for parameter in runner.bare_model.text_encoder.parameters():
        parameter.requires_grad_(False)
    with pytest.raises(InputError, match="not those of this config"):
        runner.train()


def test_metric_that_is_not_measured_is_named(load, runner_of):
    cfg = load(replace=[('save_best="rank1"', 'save_best="rank_1"')])
    with pytest.raises(InputError, match="did you mean 'rank1'"):
        runner_of(cfg).train()


def test_loader_without_a_whole_batch_is_an_input_error(load, runner_of):
    cfg = load(overrides={"train_dataloader.batch_size": 32, "train_dataloader.drop_last": True})
    with pytest.raises(InputError, match="16 items make no batch of 32"):
        runner_of(cfg).train()


def test_without_workers_none_are_kept(load, runner_of):
    options = {"train_dataloader.num_workers": 0, "train_dataloader.persistent_workers": True}
    loader = runner_of(load(overrides=options)).train_loop.dataloader
    assert loader.num_workers == 0 and not loader.persistent_workers


@pytest.mark.parametrize("seed", [None, 7])
def test_dataset_gets_the_seed_of_the_run(load, runner_of, seed):
    runner = runner_of(load(overrides={"randomness.seed": seed}))
    assert runner.train_loop.dataloader.dataset.seed == runner.seed


def test_names_as_strings_build_the_same_model(load, runner_of):
    cfg = load()
    cfg.model["type"] = "ToyTask"
    cfg.model.heads.contrast["type"] = "ToyHead"
    cfg.optim_wrapper.optimizer["type"] = "Adan"
    cfg.custom_hooks[0]["type"] = "MaskCurriculumHook"
    cfg.val_cfg["type"] = "RetrievalLoop"
    runner = runner_of(cfg)
    runner.train()
    assert type(runner.model).__name__ == "ToyTask"


def test_pretrained_weights_survive_the_start_of_training(load, runner_of):
    class HuggingFaceLike(torch.nn.Linear):
        def init_weights(self):
            torch.nn.init.zeros_(self.weight)

    runner = runner_of(load())
    runner.bare_model.text_encoder = HuggingFaceLike(6, 6)
    before = runner.bare_model.text_encoder.weight.clone()
    runner._init_model_weights()
    assert torch.equal(before, runner.bare_model.text_encoder.weight)


def test_a_work_folder_that_cannot_be_written_is_named_first(load, runner_of, tmp_path):
    (tmp_path / "file").touch()
    for name in ("file", "file/below"):
        with pytest.raises(InputError, match=rf"work_dir .*/{name} cannot be written \(.*--work"):
            runner_of(load(work=name), model=None)


def test_a_config_that_trains_nothing_says_so(load, runner_of):
    nothing = dict(train_cfg=None, train_dataloader=None, optim_wrapper=None, param_scheduler=None)
    with pytest.raises(InputError, match="trains nothing: it has no train_cfg"):
        runner_of(load(), **nothing).train()


def test_a_resumed_run_has_the_seed_of_its_data_back_where_heads_ask_for_identities(
    load, runner_of, monkeypatch
):
    met = []
    monkeypatch.setattr(ToyTask, "needs_identities", True, raising=False)
    monkeypatch.setattr(ToyTask, "meet_identities", lambda _, ids: met.append(ids), raising=False)
    ids = SimpleNamespace(ids=np.arange(8))
    monkeypatch.setattr(ToyDataset, "identities", lambda _: ids, raising=False)
    runner = runner_of(load())
    runner._take_seed(7)
    assert len(met) == 1 and met[0].tolist() == list(range(8))
    assert runner.train_dataloader.dataset.seed == 7
