import json

import numpy as np
import pytest
import torch
from interruptions import assert_same_end, losses, train_until
from mmengine.hooks import EMAHook
from tiny_unlabelled import tiny_unlabelled_config

from plipdet.engine.checkpoint import read_checkpoint
from plipdet.engine.hooks import PseudoLabelHook
from plipdet.engine.pseudo_labels import embed_items, plain_loader, settle_norms
from plipdet.errors import InputError
from plipdet.models import ClusterMemoryHead
from plipdet.registry import DATASETS, build


@pytest.fixture
def watched(runner_of, monkeypatch):
    """Trains a config; returns the runner, the labels of each epoch, and the batches."""

    def train(cfg):
        runner = runner_of(cfg)
        epochs, batches = [], []
        own, step = PseudoLabelHook.before_train_epoch, runner.model.train_step

        def before_train_epoch(hook, runner):
            own(hook, runner)
            epochs.append(runner.train_dataloader.dataset.labels.copy())

        def train_step(batch, *arguments, **options):
            batches.append((batch.rows.numpy(), batch.person_ids.numpy()))
            return step(batch, *arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(PseudoLabelHook, "before_train_epoch", before_train_epoch)
            patch.setattr(runner.model, "train_step", train_step)
            runner.train()
        return runner, epochs, batches

    return train


def test_pictures_are_clustered_before_each_epoch_and_trained_on(watched, tmp_path):
    runner, epochs, batches = watched(tiny_unlabelled_config(tmp_path, steps=3, epochs=2))
    assert len(epochs) == 2 and len(batches) == 6
    for number, (rows, labels) in enumerate(batches):
        assert (labels == epochs[number // 3][rows]).all() and (labels >= 0).all()
    memory = runner.bare_model.heads["cluster"].memory
    assert len(memory.vectors) == epochs[1].max() + 1
    lines = [line for line in losses(tmp_path).values() if "pseudo/clusters" in line]
    assert lines[-1]["pseudo/clusters"] == epochs[1].max() + 1
    assert lines[-1]["pseudo/outliers"] == 0
    assert lines[-1]["pseudo/mean_size"] == pytest.approx(48 / (epochs[1].max() + 1))
    assert all(0 <= lines[-1][f"pseudo/{name}"] <= 1 for name in ("purity", "nmi"))
    facts = read_checkpoint(tmp_path / "epoch_2.pth")["meta"]["trained_on"]
    assert facts["identities"] == "clusters" and facts["splits"] == ["train"]


def test_the_labels_of_the_source_change_nothing_but_the_log(watched, tmp_path, monkeypatch):
    from plipdet.datasets import PersonDataset

    def weights(work):
        runner, epochs, _ = watched(tiny_unlabelled_config(tmp_path / work, steps=2))
        return runner.model.state_dict(), epochs

    own, labels = weights("named")
    monkeypatch.setattr(PersonDataset, "person_ids", lambda dataset: None)
    others, same = weights("unnamed")
    assert all(torch.equal(value, others[name]) for name, value in own.items())
    assert all((a == b).all() for a, b in zip(labels, same, strict=True))
    assert not any("pseudo/purity" in line for line in losses(tmp_path / "unnamed").values())


@pytest.mark.parametrize(
    ("name", "stops"), [("usl_mini", (2, 6)), ("usl_camera_mini", (5,)), ("uda_mini", (4, 7))]
)
def test_interrupted_is_uninterrupted(runner_of, tmp_path, name, stops):
    def config(work):
        cfg = tiny_unlabelled_config(tmp_path / work, name=name, steps=4, epochs=2)
        cfg.custom_hooks.append(dict(type=EMAHook, momentum=0.1, update_buffers=True))
        return cfg

    runner_of(config("whole")).train()
    for number, stop in enumerate(stops):
        train_until(stop, runner_of, config("parts"), resume=number > 0)
        torch.rand(7)  # whatever else happens to the generators meanwhile
    runner_of(config("parts"), resume=True).train()
    assert_same_end(tmp_path / "whole", tmp_path / "parts", "epoch_2.pth")
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole") != {}


def test_a_labelled_part_keeps_its_people(watched, tmp_path):
    runner, epochs, batches = watched(tiny_unlabelled_config(tmp_path, name="uda_mini", steps=2))
    dataset = runner.train_dataloader.dataset
    first, people = len(dataset.labelled), dataset.source_labels.max() + 1
    for labels in epochs:
        assert (labels[:first] == dataset.source_labels).all() and labels[first:].min() >= people
    for rows, _ in batches:
        assert (rows < first).sum() == 4  # of 8: two people with two pictures


def test_without_cameras_proxies_of_cameras_are_refused(runner_of, tmp_path, monkeypatch):
    from plipdet.datasets import PersonDataset

    monkeypatch.setattr(PersonDataset, "camera_ids", lambda dataset: None)
    runner = runner_of(tiny_unlabelled_config(tmp_path, name="usl_camera_mini"))
    with pytest.raises(InputError, match="no camera ids"):
        runner.train()


@pytest.mark.parametrize(
    ("labels", "words"),
    [(np.full(48, -1), "none of 48 pictures is in a cluster.*Raise eps"),
     (np.zeros(48), "48 of 48 pictures are in one cluster.*Lower eps"),
     (np.arange(48) // 16, "there are 3 clusters")],
)  # fmt: skip
def test_nobody_to_tell_apart_is_one_message(runner_of, tmp_path, monkeypatch, labels, words):
    module = "plipdet.engine.hooks.pseudo_label_hook.cluster"
    monkeypatch.setattr(module, lambda *_, **__: labels.astype(np.int64))
    runner = runner_of(tiny_unlabelled_config(tmp_path))
    with pytest.raises(InputError, match=words):
        runner.train()


def test_features_that_are_no_numbers_are_one_message(runner_of, tmp_path):
    runner = runner_of(tiny_unlabelled_config(tmp_path))
    torch.nn.init.constant_(runner.bare_model.neck.norm.weight, torch.nan)
    with pytest.raises(InputError, match="not finite"):
        runner.train()


def test_unreadable_pictures_are_in_no_cluster(watched, tmp_path, monkeypatch):
    from plipdet.datasets.stores import FileStore

    def read(store, name, *, own=FileStore.read):
        return b"no picture" if broken in str(name) else own(store, name)

    cfg = tiny_unlabelled_config(tmp_path / "run", steps=2, epochs=1)
    broken = "_c3s1_"
    monkeypatch.setattr(FileStore, "read", read)
    runner, (labels,), batches = watched(cfg)
    images = runner.train_dataloader.dataset.table.column("image").to_pylist()
    gone = np.array([broken in image for image in images])
    assert gone.any() and ((labels < 0) == gone).all()
    assert not gone[np.concatenate([rows for rows, _ in batches])].any()


def test_parts_that_do_not_fit_are_told(runner_of, tmp_path):
    cfg = tiny_unlabelled_config(tmp_path)
    by_iterations = {"type": "IterBasedTrainLoop", "max_iters": 4}
    with pytest.raises(InputError, match="counts iterations"):
        runner_of(cfg, train_cfg=by_iterations, param_scheduler=None).train()
    cfg.model.heads = {"triplet": {"type": "TripletHead"}}
    with pytest.raises(InputError, match="ClusterMemoryHead"):
        runner_of(cfg).train()
    cfg.train_dataloader.dataset = cfg.train_dataloader.dataset.unlabelled
    cfg.train_dataloader.sampler = {"type": "IdentitySampler", "identities": 4, "images": 2}
    with pytest.raises(InputError, match="use PseudoLabelledDataset"):
        runner_of(cfg).train()


@pytest.mark.parametrize("options", [{"eps": 1.5}, {"k1": 0}, {"min_samples": 0}])
def test_options_are_looked_at_before_anything_is_embedded(options):
    with pytest.raises(InputError, match="expected whole numbers"):
        PseudoLabelHook(**options)


def test_clusters_without_the_hook_are_told(runner_of, tmp_path):
    cfg = tiny_unlabelled_config(tmp_path)
    with pytest.raises(InputError, match="add PseudoLabelHook"):
        runner_of(cfg, custom_hooks=[]).train()


def test_a_resumed_run_that_changes_its_heads_is_told(runner_of, tmp_path):
    cfg = tiny_unlabelled_config(tmp_path)
    train_until(2, runner_of, cfg)
    cfg.model.heads["second"] = {"type": ClusterMemoryHead}
    with pytest.raises(InputError, match="heads"):
        runner_of(cfg, resume=True).train()


def test_the_log_file_is_json(watched, tmp_path):
    watched(tiny_unlabelled_config(tmp_path, steps=2, epochs=1))
    (path,) = tmp_path.glob("*/vis_data/scalars.json")
    assert all("pseudo/clusters" in json.loads(line) for line in path.read_text().splitlines())


def test_new_norms_learn_the_training_pictures_first_and_others_stay(runner_of, tmp_path):
    cfg = tiny_unlabelled_config(tmp_path)
    runner = runner_of(cfg)
    task = runner.bare_model
    for module in task.image_encoder.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.fill_(0.01)
    before = {k: v.clone() for k, v in task.image_encoder.state_dict().items()}
    (dataset,) = build(cfg.train_dataloader.dataset, DATASETS).plain()
    loader = plain_loader(runner, dataset, batch_size=12)
    settle_norms(runner, [loader])
    assert all(torch.equal(v, before[k]) for k, v in task.image_encoder.state_dict().items())
    seen = embed_items(runner, loader, label="")
    with torch.no_grad():
        batches = [task.data_preprocessor(batch)["batch"].images for batch in loader]
        pooled = torch.cat([task.image_encoder(images).embedding for images in batches])
    norm = task.neck.norm
    torch.testing.assert_close(norm.running_mean, pooled.mean(dim=0), rtol=1e-4, atol=1e-5)
    scale = torch.stack([x.var(dim=0) for x in pooled.split(12)]).mean(dim=0)
    torch.testing.assert_close(norm.running_var, scale, rtol=1e-4, atol=1e-6)
    assert norm.momentum == torch.nn.BatchNorm1d(1).momentum and not norm.training
    settle_norms(runner, [loader])  # which is nothing new to it
    torch.testing.assert_close(embed_items(runner, loader, label=""), seen)


def test_a_single_picture_in_the_last_batch_is_no_obstacle(runner_of, tmp_path):
    cfg = tiny_unlabelled_config(tmp_path)
    runner = runner_of(cfg)
    (dataset,) = build(cfg.train_dataloader.dataset, DATASETS).plain()
    loader = plain_loader(runner, dataset, batch_size=len(dataset) - 1)
    settle_norms(runner, [loader])
    assert runner.bare_model.neck.norm.running_mean.any()
