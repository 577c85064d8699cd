"""A training that selects its epoch by mA, and the test of what it has selected."""

import copy
import itertools
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from plipdet.engine import PLIPRunner
from plipdet.engine.config import for_testing, load_config
from plipdet.engine.protocol import protocol
from plipdet.errors import InputError
from plipdet.minipedes.exporters.pa100k import export_pa100k
from plipdet.minipedes.exporters.read_set import read_set

ROOT = Path(__file__).parents[2]
_RUNS = itertools.count()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    out = tmp_path_factory.mktemp("pa100k")
    _, records = read_set(ROOT / "tests" / "data" / "minipedes")
    export_pa100k(records, out)
    return out


def small(name, data, work, **overrides):
    changes = {"train_cfg.max_epochs": 2, "model.image_encoder.backbone.stem_width": 4}
    cfg = load_config(ROOT / "configs" / "attribute" / name, data_root=data, work_dir=work)
    cfg = copy.deepcopy(cfg)
    cfg.merge_from_dict(
        {k: v for k, v in {**changes, **overrides}.items() if k.split(".")[0] in cfg}
    )
    for key in ("train_dataloader", "val_dataloader", "test_dataloader"):
        for loader in (cfg.get(key) or {}, (cfg.get(key) or {}).get("reference", {})):
            loader.update(num_workers=0, **({"batch_size": 8} if "dataset" in loader else {}))
    cfg["default_hooks"]["progress"] = None
    cfg["visualizer"]["vis_backends"] = []
    cfg["log_level"], cfg["load_from_parts"] = "ERROR", None
    cfg["experiment_name"] = f"attributes{next(_RUNS)}"
    return cfg


def test_the_best_epoch_is_chosen_on_val_and_the_result_says_so(data, tmp_path, monkeypatch):
    monkeypatch.setattr(Config, "pretty_text", "")  # formatting it takes longer than training
    cfg = small("rethinking_mini.py", data, tmp_path)
    PLIPRunner.from_cfg(cfg).train()
    best = next(tmp_path.glob("best_mA_epoch_*.pth"))
    meta = torch.load(best, weights_only=True)["meta"]
    assert meta["selected_on"]["splits"] == ["val"] and meta["trained_on"]["splits"] == ["train"]
    assert 0 < meta["selected_by"]["mA"] < 100

    def tested(**overrides):
        again = small("rethinking_mini.py", data, tmp_path, **overrides)
        again["load_from"], again["resume"] = str(best), False
        runner = PLIPRunner.from_cfg(for_testing(again))
        return runner.test(), protocol(runner, again, checkpoint=best)

    metrics, circumstances = tested()
    assert metrics["pictures"] == circumstances["data"]["items"] > 0
    assert circumstances["warnings"] == [] and "directions" not in circumstances
    assert "not known" in circumstances["shared_people"]
    metrics, circumstances = tested(**{"test_dataloader.dataset.split": "val"})
    assert metrics["mA"] == pytest.approx(meta["selected_by"]["mA"])
    assert any("chosen on test" in warning for warning in circumstances["warnings"])
    with pytest.raises(InputError, match="does not fit"):
        tested(**{"model.heads.recognition.batch_norm": False})
