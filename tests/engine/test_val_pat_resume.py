"""A VAL-PAT run that was stopped within an epoch ends as one that was not: copy, queue and all."""

import shutil
from pathlib import Path

import pytest
from interruptions import assert_same_end, losses, train_until

from plipdet.datasets.sources import SynthPedes
from plipdet.datasets.sources.phrase_label_file import LABEL_FILE, write_phrase_labels
from plipdet.engine.checkpoint import read_checkpoint
from plipdet.engine.config import load_config

ROOT = Path(__file__).parents[2]
TINY_BERT = {
    "vocab_size": 30522,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 64,
}


@pytest.fixture
def config(tmp_path):
    shutil.copytree(
        ROOT / "tests/data/minipedes/SYNTH-PEDES",
        tmp_path / "data" / "SYNTH-PEDES",
        ignore=shutil.ignore_patterns(".plipdet"),
    )
    source = SynthPedes(tmp_path / "data")
    folder = source.folder()
    phrases = ((row["image"], row["attribute_phrases"]) for row in source.rows(folder))
    write_phrase_labels(folder / LABEL_FILE, phrases, min_share=0)

    def make(work):
        cfg = load_config(
            ROOT / "configs/val_pat/pretrain_mini.py",
            data_root=tmp_path / "data",
            work_dir=tmp_path / work,
        )
        cfg.model.image_encoder.backbone.update(stem_width=4, stage_blocks=(1, 1, 1, 1))
        cfg.model.image_encoder.embed_dim = 16
        cfg.model.text_encoder.update(model=TINY_BERT, freeze_layers=1)
        cfg.model.heads.views.queue_size = 20
        cfg.train_dataloader.update(batch_size=8, num_workers=0, persistent_workers=False)
        cfg.train_dataloader.dataset.max_identities = 8
        cfg.train_cfg.max_epochs = 2
        cfg.default_hooks.update(progress=None)
        cfg.visualizer.vis_backends = cfg.visualizer.vis_backends[:1]
        cfg.log_level = "ERROR"
        return cfg

    return make


def test_interrupted_is_uninterrupted(config, runner_of, tmp_path):
    runner_of(config("whole")).train()
    train_until(2, runner_of, config("parts"))
    resumed = runner_of(config("parts"), resume=True)
    resumed.train()
    assert_same_end(tmp_path / "whole", tmp_path / "parts", "epoch_2.pth")
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    state = read_checkpoint(tmp_path / "whole" / "epoch_2.pth")["state_dict"]
    seen = int(state["heads.views.enqueued"])
    assert seen == 8 * resumed.iter > 20
    assert "heads.labels.classifier.names" in state and state["heads.pairs.log_scale"].shape == (1,)
