import copy
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image

from plipdet.apis import ModelInputs, embed_images, embed_texts, onnx_check, picture_files
from plipdet.apis.onnx_check import check_export
from plipdet.apis.onnx_export import EMBEDDER_FILE, check_packages, export_onnx, write_graph
from plipdet.apis.onnx_graphs import ImageGraph, TextGraph
from plipdet.datasets.transforms import ResizePerson
from plipdet.errors import InputError
from plipdet.models import AttentionPooling, ImageEncoder, TimmBackbone
from plipdet.models.backbones import PLIPResNet
from plipdet.onnx_embedder import OnnxEmbedder

REPOSITORY = Path(__file__).parents[2]
SENTENCES = ["A man in a red coat.", "jeans " * 60, "a"]
WITHOUT_TORCH = """
import sys
for name in ("torch", "plipdet", "cv2", "transformers"):
    sys.modules[name] = None
from onnx_embedder import OnnxEmbedder
embedder = OnnxEmbedder(".", threads=1)
print(embedder.embed_images([sys.argv[1]]).shape, embedder.embed_texts(["a man"]).shape)
"""


@pytest.fixture(scope="module")
def folder(task, tmp_path_factory):
    folder = tmp_path_factory.mktemp("onnx") / "plip"
    export_onnx(task, folder)
    return folder


def test_vectors_are_pytorch_s_from_bytes_on(task, folder):
    found = check_export(task, folder, pictures=12, texts=12)
    assert found["image"]["sizes"] == 12
    for side in ("image", "text"):
        assert found[side]["count"] == 12
        assert found[side]["centred_cosine_min"] > 0.9999, found
        assert found[side]["batch_cosine_min"] > 0.999999, found


def test_the_check_finds_another_model(task, folder):
    other = copy.deepcopy(task)
    with torch.no_grad():
        other.image_encoder.pooling.proj.weight[0] += 1
    found = check_export(other, folder, pictures=4, texts=4)
    assert found["image"]["cosine_min"] < 0.9999 < found["text"]["cosine_min"]


def test_files_bytes_images_and_arrays_are_one(task, folder, data_root):
    files = picture_files(data_root / "CUHK-PEDES")
    embedder, expected = OnnxEmbedder(folder), embed_images(task, files).numpy()
    contents = [f.read_bytes() for f in files]
    arrays = np.stack([cv2.imread(str(f))[..., ::-1] for f in files])
    opened = [Image.open(f) for f in files]
    for same in (files, [str(f) for f in files], contents, opened, arrays):
        np.testing.assert_allclose(embedder.embed_images(same, batch_size=3), expected, atol=1e-5)


def test_sentences_are_cut_and_padded_alike(task, folder):
    texts = embed_texts(task, SENTENCES).numpy()
    ours = OnnxEmbedder(folder).embed_texts(SENTENCES, batch_size=2)
    np.testing.assert_allclose(ours, texts, atol=1e-5)


def test_the_folder_needs_neither_plipdet_nor_torch(folder, data_root):
    picture = str(picture_files(data_root / "CUHK-PEDES")[0])
    command = [sys.executable, "-c", WITHOUT_TORCH, picture]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={})
    assert done.stdout.strip() == "(1, 16) (1, 16)", done.stderr
    ours = (folder / EMBEDDER_FILE).read_bytes()
    assert ours == (REPOSITORY / "plipdet/onnx_embedder.py").read_bytes()


@pytest.mark.parametrize(
    "parts",
    [
        {
            "backbone": PLIPResNet(stage_blocks=(1, 1, 1, 1), stem_width=8),
            "pooling": {"type": AttentionPooling, "num_heads": 4, "map_size": (2, 1)},
        },
        {
            "backbone": {
                "type": TimmBackbone, "name": "vit_tiny_patch16_224", "img_size": (64, 32),
                "out_indices": (0,), "options": {"depth": 1, "embed_dim": 24},
            },
            "pooling": {"type": "MaxPooling"},
        },
    ],
    ids=["attention pooling", "vision transformer"],
)  # fmt: skip
def test_other_encoders_and_tasks_without_texts(task, parts, tmp_path):
    other = copy.deepcopy(task)
    torch.manual_seed(0)
    other.image_encoder = ImageEncoder(**parts, embed_dim=16)
    other.text_encoder = None
    export_onnx(other, tmp_path)
    found = check_export(other.eval(), tmp_path, pictures=4, texts=4)
    assert set(found) == {"image"} and found["image"]["cosine_min"] > 0.9999
    assert not (tmp_path / "text_encoder.onnx").exists()
    with pytest.raises(ValueError, match="reads no texts"):
        OnnxEmbedder(tmp_path).embed_texts(["a"])


@pytest.mark.slow
def test_half_precision(task, folder, tmp_path):
    tokenizer = ModelInputs.of(task).tokenizer
    ids = torch.from_numpy(
        np.stack([tokenizer(text)[0] for text in ("a man in blue", "a hat in red")])
    )
    feed = {"token_ids": ids, "token_mask": torch.ones_like(ids)}
    axes = {name: {0: "batch", 1: "length"} for name in feed}
    path = tmp_path / "half.onnx"
    write_graph(TextGraph(task, dtype=torch.float16), tuple(feed.values()), path, axes=axes)
    assert path.stat().st_size < 0.6 * (folder / "text_encoder.onnx").stat().st_size
    arrays = {name: value.numpy() for name, value in feed.items()}
    (found,) = onnxruntime.InferenceSession(path).run(None, arrays)
    expected = embed_texts(task, ["a man in blue", "a hat in red"]).numpy()
    assert found.dtype == np.float32 and (found * expected).sum(axis=1).min() > 0.9999


def test_what_cannot_be_exported_is_refused(task, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="interpolation='area', which is not exported"):
        ImageGraph(task, ResizePerson((8, 4), interpolation="area"))
    with pytest.raises(InputError, match="opset 9 is not written; 18 to 23 are"):
        export_onnx(task, tmp_path, opset=9)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"needs onnx, onnxruntime: pip install 'plipdet\[onnx\]'"):
        check_packages()
    with pytest.raises(InputError, match="onnxscript"):
        check_packages(half=True)


def test_an_export_that_is_none_is_refused(folder, tmp_path):
    with pytest.raises(ValueError, match=r"has no model\.json"):
        OnnxEmbedder(tmp_path)
    facts = json.loads((folder / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps({**facts, "format": 2}))
    with pytest.raises(ValueError, match="has format 2"):
        OnnxEmbedder(tmp_path)
    (tmp_path / "model.json").write_text(json.dumps(facts))
    with pytest.raises(ValueError, match=r"image_encoder\.onnx cannot be used"):
        OnnxEmbedder(tmp_path)


def test_wrong_inputs_of_the_embedder_are_named(folder, tmp_path):
    embedder = OnnxEmbedder(folder)
    (tmp_path / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    for picture in (tmp_path / "cut.jpg", tmp_path / "none.jpg", 3, b"no picture"):
        with pytest.raises(ValueError, match=r"picture 0 .*cannot be read"):
            embedder.embed_images([picture])
    with pytest.raises(ValueError, match=r"float64 of shape \(2, 2, 3\)"):
        embedder.embed_images([np.zeros((2, 2, 3))])
    for texts in ("a man", [3]):
        with pytest.raises(ValueError, match="expected a list of strings"):
            embedder.embed_texts(texts)


def test_the_tool_reports_and_refuses(run_here, text_config, checkpoint, tmp_path, monkeypatch):
    out = tmp_path / "out"
    command = ("tools/export_onnx.py", text_config, checkpoint, "--out", out, "--verify", 4)
    done = run_here(*command)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result == json.loads((out / "model.json").read_text())
    assert result["verified"]["passed"] and result["verified"]["text"]["count"] == 4
    assert len(result["checkpoint_sha256"]) == 64
    done = run_here(*command)
    assert done.returncode == 2 and "add --overwrite" in done.stderr
    poor = {"count": 1, "cosine_min": 0.5, "batch_cosine_min": float("nan")}
    monkeypatch.setattr(onnx_check, "check_export", lambda *_, **__: {"image": poor})
    done = run_here(*command, "--overwrite")
    assert done.returncode == 1
    assert "image cosine_min = 0.500000, image batch_cosine_min = nan" in done.stdout
    for wrong, said in (
        (("--verify", tmp_path / "none"), "there is no folder"),
        (("--verify", "0"), "a number from 1 on"),
        (("--opset", "7"), "opset 7 is not written"),
        (("--untrained",), "give one of CHECKPOINT and --untrained"),
    ):
        done = run_here(*command[:-2], *wrong, "--overwrite")
        assert done.returncode == 2 and said in done.stderr, done.stderr
