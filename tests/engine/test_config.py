from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from mmengine.config import Config
from torch.utils.data import BatchSampler

from plipdet.engine.config import (
    check_config,
    config_hash,
    load_config,
    parse_overrides,
    set_data_root,
    sources,
)
from plipdet.engine.config_checks import known_keys
from plipdet.engine.signatures import Signature
from plipdet.errors import InputError


def message(function, *args, **kwargs):
    with pytest.raises(InputError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def test_valid_config_passes_and_gets_a_work_folder(write_config, tmp_path):
    cfg = load_config(write_config())
    assert cfg.work_dir == "work_dirs/toy"
    assert load_config(write_config(), work_dir=tmp_path).work_dir == str(tmp_path)


def test_missing_file_names_the_nearest(write_config):
    path = write_config()
    assert "did you mean 'toy.py'" in message(load_config, path.with_name("toi.py"))
    assert "no folder" in message(load_config, path.parent / "nowhere" / "toy.py")


def test_syntax_error_has_file_and_line(write_config):
    path = write_config(append="\nx = = 3\n")
    lines = path.read_text().splitlines()
    text = message(load_config, path)
    assert text.startswith(f"{path}, line {lines.index('x = = 3') + 1}") and "x = = 3" in text
    (path.parent / "base.py").write_text("train_cfg = (3\n")
    path.write_text(
        "from mmengine.config import read_base\nwith read_base():\n"
        "    from .base import train_cfg\n"
    )
    assert "base.py, line 1: '(' was never closed" in message(load_config, path)
    assert "is a folder" in message(load_config, path.parent)


def test_error_inside_a_config_has_file_and_line(write_config):
    path = write_config(append="\nbatch = undefined_name + 1\n")
    text = message(load_config, path)
    assert "toy.py, line" in text and "undefined_name" in text


def test_unknown_base_is_named(write_config):
    path = write_config(
        append="\nfrom mmengine.config import read_base\nwith read_base():\n"
        "    from ._base_.nowhere import model\n"
    )
    assert "nowhere" in message(load_config, path)


def test_import_of_a_name_that_is_not_there_suggests_one(write_config):
    path = write_config(append="\nfrom plipdet.engine.hooks import MaskCuriculumHook\n"
                        "custom_hooks = [dict(type=MaskCuriculumHook)]\n")  # fmt: skip
    text = message(load_config, path)
    assert "did you mean 'MaskCurriculumHook'" in text


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("train_cfg.max_epoch", 3, ["train_cfg", "'max_epoch'", "'max_epochs'"]),
        ("train_cfg.max_epochs", "many", ["train_cfg.max_epochs", "expects a number"]),
        ("train_dataloader.batchsize", 3, ["train_dataloader", "did you mean 'batch_size'"]),
        ("train_dataloader.batch_size", 0, ["train_dataloader.batch_size", "least is 1"]),
        ("train_dataloader.dataset.sise", 3, ["train_dataloader.dataset", "'size'"]),
        ("train_dataloader.sampler.shuffle", "yes", ["'yes'", "expects True or False there"]),
        ("train_dataloader.sampler.shufle", 1, ["train_dataloader.sampler", "'shuffle'"]),
        ("val_dataloader.query.batchsize", 1, ["val_dataloader.query", "'batch_size'"]),
        ("val_dataloader.galery.batch_size", 1, ["val_dataloader", "'gallery'"]),
        ("model.image_encoder.widht", 3, ["model.image_encoder", "'width'"]),
        ("model.heads.contrast.loss_wieght", 3, ["model.heads.contrast", "'loss_weight'"]),
        ("model.heads.contrast.type", "ToyHed", ["model.heads.contrast.type", "'ToyHead'"]),
        ("model.heads.other.loss_weight", 3, ["heads.other", "'type'"]),
        ("model.imag_encoder", 3, ["model", "'image_encoder'"]),
        ("optim_wrapper.optimizer.learning_rate", 3, ["optim_wrapper.optimizer", "Adan"]),
        ("optim_wrapper.optimizer.weight_decy", 3, ["'weight_decay'"]),
        ("optim_wrapper.optimizer.lr", "fast", ["optim_wrapper.optimizer.lr", "number"]),
        ("optim_wrapper.optimizer.type", "Adann", ["optim_wrapper.optimizer.type", "'Adan'"]),
        (
            "optim_wrapper.optimizer",
            {"type": "AdamW", "foreach": True, "fused": True},
            ["optim_wrapper.optimizer takes foreach or fused, not both"],
        ),
        ("optim_wrapper.clip_grad", {"max_nrm": 1}, ["clip_grad", "'max_norm'"]),
        ("optim_wrapper.paramwise_cfg.custom_key", {}, ["paramwise_cfg", "'custom_keys'"]),
        ("optim_wrapper.paramwise_cfg.custom_keys.text_encoder.lr_mul", 1, ["'lr_mult'"]),
        ("optim_wrapper.acumulative_counts", 2, ["'accumulative_counts'"]),
        ("param_scheduler.1.milestone", [3], ["param_scheduler.1", "'milestones'"]),
        ("param_scheduler.0.start_facto", 1, ["param_scheduler.0", "'start_factor'"]),
        ("param_scheduler.0.type", "LinearLr", ["param_scheduler.0.type", "'LinearLR'"]),
        ("default_hooks.checkpoint.max_keep_ckpt", 1, ["default_hooks.checkpoint", "ckpts"]),
        ("default_hooks.checkpoint.nonsense", 1, ["default_hooks.checkpoint", "nonsense"]),
        ("custom_hooks.0.schedul", "sqrt", ["custom_hooks.0", "'schedule'"]),
        ("custom_hooks.0.type", "MaskHook", ["custom_hooks.0.type"]),
        ("val_evaluator.topp", 1, ["val_evaluator", "'top'"]),
        ("val_cfg.query_embeding", "image", ["val_cfg", "'query_embedding'"]),
        ("randomness.sed", 1, ["randomness", "'seed'"]),
        ("env_cfg.mp_cgf", {}, ["env_cfg", "'mp_cfg'"]),
        ("train_dataloder.batch_size", 3, ["train_dataloder", "'train_dataloader'"]),
        ("batch_size", 3, ["batch_size", "no setting"]),
        ("side.batch_size", 3, ["side", "only helps to write the config"]),
        ("custom_hooks.7.start", 0.3, ["custom_hooks.7.start", "does not fit"]),
        ("default_hooks.checkpont.interval", 1, ["did you mean 'checkpoint'"]),
        ("model", 3, ["model is 3", "dict"]),
        ("train_cfg", 3, ["train_cfg is 3"]),
        ("train_cfg.max_epochs", 0, ["train_cfg.max_epochs is 0", "least is 1"]),
        ("train_dataloader", 3, ["train_dataloader is 3"]),
        ("train_dataloader.dataset", "data", ["train_dataloader.dataset is 'data'"]),
        ("default_hooks", 3, ["default_hooks is 3"]),
        ("default_hooks.checkpoint", 3, ["default_hooks.checkpoint is 3"]),
        ("custom_hooks", 3, ["custom_hooks is 3"]),
        ("param_scheduler", 3, ["param_scheduler is 3"]),
        ("optim_wrapper", "Adan", ["optim_wrapper is 'Adan'"]),
        ("optim_wrapper.paramwise_cfg.custom_keys.text_encoder", 3, ["text_encoder is 3"]),
        ("randomness", 3, ["randomness is 3"]),
        ("randomness.seed", -1, ["randomness.seed is -1", "from 0"]),
        ("randomness.seed", 2**32, ["randomness.seed is 4294967296"]),
        ("randomness.seed", "a", ["randomness.seed is 'a'"]),
        ("log_level", "DEBUGG", ["log_level is 'DEBUGG'", "did you mean 'DEBUG'"]),
    ],
)
def test_misspelt_or_wrong_settings_are_named(write_config, key, value, expected):
    text = message(load_config, write_config(), overrides={key: value})
    for part in expected:
        assert part in text, text


def test_misspelt_setting_in_the_file_is_an_error(write_config):
    path = write_config(append="\noptim_wraper = dict(accumulative_counts=2)\n")
    assert "did you mean 'optim_wrapper'" in message(load_config, path)
    path = write_config(append="\nevaluation = dict(interval=1)\n")
    assert "evaluation" in message(load_config, path)


def test_helper_variables_are_no_errors(write_config):
    path = write_config(append="\ntrain_dataset = dict(size=4)\nnote = 'mine'\n"
                               "train_dataloader['dataset'].update(train_dataset)\n")  # fmt: skip
    assert load_config(path).train_dataloader.dataset["size"] == 4


def test_missing_option_of_a_loader_is_named(write_config):
    path = write_config(append="\ndel train_dataloader['sampler']\n")
    assert "train_dataloader needs a 'sampler'" in message(load_config, path)


def test_dumped_config_loads_again_and_has_the_same_hash(write_config, tmp_path):
    cfg = load_config(write_config())
    cfg.dump(tmp_path / "dumped.py")
    again = load_config(tmp_path / "dumped.py")
    assert config_hash(again) == config_hash(cfg)
    assert again.train_dataloader.collate_fn.type == "plipdet.datasets.collate"


def test_hash_follows_settings_and_not_folders(write_config, tmp_path):
    path = write_config()
    first = config_hash(load_config(path))
    assert config_hash(load_config(path, work_dir=tmp_path / "elsewhere")) == first
    changed = load_config(path, overrides={"optim_wrapper.optimizer.lr": 1e-3})
    assert config_hash(changed) != first


@pytest.mark.parametrize(
    "cfg",
    [
        dict(model=dict(type="ToyTask", image_encoder=dict(type="ToyEncoder"), heads={})),
        dict(train_cfg=dict(by_epoch=False, max_iters=3, val_interval=2)),
        dict(val_cfg=dict(fp16=True), test_cfg=dict()),
        dict(param_scheduler=dict(type="CosineAnnealingLR", T_max=3, convert_to_iter_based=True)),
        dict(param_scheduler=[dict(type="OneCycleLR", eta_max=0.1, total_steps=3)]),
        dict(optim_wrapper=dict(optimizer=dict(type="SGD", lr=1, momentum=0.9))),
        dict(
            optim_wrapper=dict(
                type="AmpOptimWrapper",
                dtype="float16",
                loss_scale="dynamic",
                optimizer=dict(type="AdamW", lr=1, betas=(0.9, 0.98), fused=True),
                clip_grad=dict(max_norm=1, norm_type=2),
                paramwise_cfg=dict(norm_decay_mult=0.0, bypass_duplicate=True),
            )
        ),
        dict(optim_wrapper=dict(constructor="Mine", generator=dict(lr=1))),
        dict(custom_hooks=[dict(type="EMAHook", momentum=1e-4, priority="HIGH")]),
        dict(custom_hooks=[dict(type="EMAHook", ema_type="ExponentialMovingAverage", gamma=9)]),
        dict(default_hooks=dict(timer=dict(type="IterTimerHook"), logger=None)),
        dict(visualizer=dict(type="Visualizer", vis_backends=[dict(type="WandbVisBackend")])),
        dict(log_processor=dict(window_size=5), auto_scale_lr=dict(base_batch_size=9)),
        dict(log_processor=dict(type="LogProcessor", by_epoch=False)),
        dict(env_cfg=dict(dist_cfg=dict(backend="nccl", timeout=9, port=1)), compile=True),
        dict(
            train_dataloader=dict(
                batch_size=2,
                num_batch_per_epoch=3,
                dataset=dict(type="ConcatDataset", datasets=[dict(type="ToyDataset")]),
                sampler=dict(type="InfiniteSampler", shuffle=True),
                collate_fn=dict(type="pseudo_collate"),
            )
        ),
        dict(val_evaluator=[dict(type="DumpResults", out_file_path="x.pkl")]),
        dict(val_evaluator=dict(type="Evaluator", metrics=[])),
        dict(tta_model=dict(type="X"), dataset_type="Mine", tta_pipeline=[dict(type="Y")]),
    ],
)
def test_valid_mmengine_settings_raise_no_alarm(cfg):
    import engine_toys  # noqa: F401  # registers the toys

    check_config(Config(cfg))


def test_batch_of_an_identity_sampler_is_its_identities_times_images():
    sampler = dict(type="IdentitySampler", identities=8, images=4)
    loader = dict(dataset=dict(type="ConcatDataset", datasets=[]), sampler=sampler)
    check_config(Config(dict(train_dataloader=dict(loader, batch_size=32))))
    for size in (dict(batch_size=30), {}):
        text = message(check_config, Config(dict(train_dataloader=dict(loader, **size))))
        assert "IdentitySampler(identities=8, images=4) needs 32" in text
    loader["batch_sampler"] = dict(type=BatchSampler, drop_last=False)
    text = message(check_config, Config(dict(train_dataloader=dict(loader, batch_size=32))))
    assert "train_dataloader has IdentitySampler and a batch_sampler, which exclude" in text


def test_options_of_the_command_line_are_parsed():
    assert parse_overrides(["a.b=3", "c=[1,2]", "d=1e-3", "e=x=y", "f=None", "g=True"]) == {
        "a.b": 3, "c": [1, 2], "d": 1e-3, "e": "x=y", "f": None, "g": True,
    }  # fmt: skip
    for wrong in ("lr", "=3", "a=[1,2"):
        with pytest.raises(InputError, match="cfg-options"):
            parse_overrides([wrong])


def test_data_root_reaches_every_source(tmp_path):
    from plipdet.datasets.sources import CuhkPedes, Market1501

    source = dict(type=CuhkPedes, root="data")
    cfg = Config(
        dict(
            train_dataloader=dict(dataset=dict(source=source)),
            val_dataloader=dict(
                query=dict(dataset=dict(datasets=[dict(source=dict(type=Market1501, root="x"))])),
                gallery=dict(dataset=dict(source=dict(type="Market1501", root="x"))),
            ),
            model=dict(root="untouched"),
        )
    )
    set_data_root(cfg, tmp_path)
    roots = {path: found["root"] for path, found in sources(cfg)}
    assert roots == {
        "train_dataloader.dataset.source": str(tmp_path),
        "val_dataloader.query.dataset.datasets.0.source": str(tmp_path),
        "val_dataloader.gallery.dataset.source": str(tmp_path),
    }
    assert cfg.model.root == "untouched"
    with pytest.raises(InputError, match=r"reid_raw.json(.|\n)*render_minipedes.py --out"):
        set_data_root(cfg, tmp_path / "missing")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file"):
        set_data_root(cfg, tmp_path / "file")
    with pytest.raises(InputError, match="no source"):
        set_data_root(Config(dict(model=dict())), tmp_path)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("heads", 3, "model.heads is 3; takes expects a dict"),
        ("steps", "resize", "model.steps is 'resize'; takes expects a list"),
        ("splits", ["a"], None),
        ("splits", "a", None),
    ],
)
def test_a_single_value_where_several_belong(key, value, message):
    def takes(heads: Mapping[str, Any], steps: Sequence[Any] | None, splits: str | list[str]):
        pass

    call = (Signature(takes), {key: value})
    if message is None:
        call[0].check(call[1], where="model", supplied=None)
        return
    with pytest.raises(InputError, match=message):
        call[0].check(call[1], where="model", supplied=None)


def test_known_keys_are_those_of_the_runner():
    assert {"model", "train_cfg", "load_from_strict", "compile"} <= known_keys()
    assert not known_keys() & {"self", "cfg", "lr_config"}


@pytest.mark.parametrize(
    ("wrapper", "key", "value", "message"),
    [
        ("FullySharded", "model.micro_batch_size", 8, "micro_batch_size needs whole parameters"),
        ("FullySharded", "compile", True, "compile needs whole parameters"),
        ("FullySharded", "optim_wrapper.dtype", "float16", "'float16' needs whole parameters"),
        ("FullyShared", "seed", None, "did you mean 'FullySharded'"),
        ("MMFullyShardedDataParallel", "seed", None, "use 'FullySharded'"),
    ],
)
def test_what_sharded_parameters_exclude(wrapper, key, value, message):
    options = {"model_wrapper_cfg.type": wrapper}
    if value is not None:
        options["optim_wrapper.type"] = "PersonAmpOptimWrapper"
        options[key] = value
    with pytest.raises(InputError, match=message):
        load_config("configs/plip/pretrain_mini.py", overrides=options)
