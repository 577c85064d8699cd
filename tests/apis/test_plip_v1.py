import json
from pathlib import Path

import numpy as np
import pytest
import torch

from plipdet.apis.plip_v1 import convert_plip_v1, load_encoders, restore_plip_v1
from plipdet.apis.plip_v1_check import compare_with_authors, read_vectors
from plipdet.engine.checkpoint import read_checkpoint
from plipdet.errors import InputError
from plipdet.models.plip_v1_names import IMAGE_PART, TEXT_PART, decoder_name
from plipdet.models.plip_v1_sizes import PLIPV1Sizes
from plipdet.weight_files import file_hash

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
PUBLISHED = GOLDEN / "plip_v1_tiny_checkpoint.pth.tar"
VECTORS = GOLDEN / "plip_v1_tiny_vectors.npz"
POOL = "module.attnpool.positional_embedding"


@pytest.fixture
def published():
    return torch.load(PUBLISHED, weights_only=True)


@pytest.fixture
def changed(tmp_path, published):
    """Writes the published checkpoint after a change of its two state dicts."""

    def write(change):
        image, text = published[IMAGE_PART], published[TEXT_PART]
        change(image, text)
        torch.save(published, tmp_path / "changed.pth.tar")
        return tmp_path / "changed.pth.tar"

    return write


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_outputs_equal_the_authors(tmp_path, suffix):
    target = tmp_path / f"tiny{suffix}"
    meta = convert_plip_v1(PUBLISHED, target, text_heads=4)
    found = compare_with_authors(target, read_vectors(VECTORS))
    names = [entry.name for entry in found]
    assert names == [
        *("stage1", "stage2", "stage3", "stage4", "image_embedding"),
        *("text_hidden", "text_pooler", "colorization_rgb"),
    ]
    assert all(entry.within(1e-5) and entry.largest > 0.1 for entry in found)
    stored = read_checkpoint(target)["meta"]
    assert stored == json.loads(json.dumps(meta))
    assert stored["input_size"] == [64, 32] and stored["text_pooling"] == "pooler"
    assert stored["converted_from"]["sha256"] == file_hash(PUBLISHED)
    assert stored["converted_from"]["epoch"] == 69
    assert stored["normalization"]["mean"] == [0.357, 0.323, 0.328]


def test_round_trip_gives_the_same_tensors(tmp_path, published):
    convert_plip_v1(PUBLISHED, tmp_path / "ours.safetensors", text_heads=4)
    restore_plip_v1(tmp_path / "ours.safetensors", tmp_path / "again.pth.tar")
    again = torch.load(tmp_path / "again.pth.tar", weights_only=True)
    del published[TEXT_PART]["module.encoder.embeddings.position_ids"]  # no weight
    for part in (IMAGE_PART, TEXT_PART):
        assert set(again[part]) == set(published[part])
        for name, value in published[part].items():
            assert torch.equal(again[part][name], value), name
    with pytest.raises(InputError, match="there already"):
        restore_plip_v1(tmp_path / "ours.safetensors", tmp_path / "again.pth.tar")


def test_names_without_module_and_positions_convert_alike(tmp_path, changed):
    def bare(*parts):
        for part in parts:
            for name in list(part):
                value = part.pop(name)
                if "position_ids" not in name:
                    part[name.removeprefix("module.")] = value

    convert_plip_v1(changed(bare), tmp_path / "a.pth", text_heads=4)
    convert_plip_v1(PUBLISHED, tmp_path / "b.pth", text_heads=4)
    a, b = (read_checkpoint(tmp_path / name)["state_dict"] for name in ("a.pth", "b.pth"))
    assert set(a) == set(b) and all(torch.equal(a[k], b[k]) for k in a)


def test_sizes_of_the_published_model():
    """ResNet-50 and BERT-base: heads, sizes and the names that a config's model has."""
    published = PLIPV1Sizes(
        stage_blocks=(3, 4, 6, 3), stem_width=64, embed_dim=768, map_size=(8, 4),
        vocabulary=30522, text_width=768, text_layers=12, text_intermediate=3072,
        text_positions=512, text_types=2, text_heads=12,
    )  # fmt: skip
    with torch.device("meta"):
        weights = {
            **published.image_encoder().state_dict(prefix="image_encoder."),
            **published.text_encoder().state_dict(prefix="text_encoder."),
        }
    assert PLIPV1Sizes.of_weights(weights) == published
    assert published.input_size == (256, 128)


def drop(part, name):
    return lambda *parts: parts[part].pop(name)


def put(part, name, value):
    return lambda *parts: parts[part].update({name: value})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (drop(0, "module.layer3.0.bn2.bias"), "1 missing (layer3.0.bn2.bias)"),
        (drop(0, "module.conv3.weight"), "lack 'conv3.weight'"),
        (drop(0, POOL), "lack 'attnpool.positional_embedding'"),
        (drop(1, "module.encoder.pooler.dense.bias"), "1 missing (encoder.pooler.dense.bias)"),
        (put(0, "module.fc.weight", torch.ones(2)), "1 unexpected (fc.weight)"),
        (put(1, "module.fc", torch.ones(2)), "1 unexpected (fc)"),
        (put(0, "module.conv1.weight", torch.ones(4, 3, 5, 5)), "of another shape (conv1.weight"),
        (put(0, "module.layer2.7.conv1.weight", torch.ones(1)), "N in [0, 7]"),
        (put(0, POOL, torch.ones(8, 256)), "has 7 positions"),
        (put(0, POOL, torch.tensor(1.0)), "a single number"),
        (put(0, "module.bn1.bias", torch.full((4,), torch.nan)), "not finite"),
        (put(0, "module.bn1.bias", "text"), "no tensor under 'module.bn1.bias'"),
    ],
)
def test_other_weights_are_named(tmp_path, changed, change, words):
    with pytest.raises(InputError) as caught:
        convert_plip_v1(changed(change), tmp_path / "out.pth", text_heads=4)
    assert words in str(caught.value)
    assert not (tmp_path / "out.pth").exists()


@pytest.mark.parametrize("heads", [None, 3, 0, -4])
def test_heads_that_do_not_divide(tmp_path, heads):
    with pytest.raises(InputError, match=r"do not divide .* 32 channels.*--text-heads"):
        convert_plip_v1(PUBLISHED, tmp_path / "out.pth", text_heads=heads)


def test_other_files_and_places(tmp_path):
    other = tmp_path / "other.pth"
    torch.save({"state_dict": {"a": torch.ones(1)}, "epoch": 3}, other)
    with pytest.raises(
        InputError, match=r"no 'ImgEncoder_state_dict', but \['epoch', 'state_dict'"
    ):
        convert_plip_v1(other, tmp_path / "out.pth")
    with pytest.raises(InputError, match=r"must end in \.pth or \.safetensors"):
        convert_plip_v1(PUBLISHED, tmp_path / "out.bin", text_heads=4)
    with pytest.raises(InputError, match="is there already and is no converted file"):
        convert_plip_v1(PUBLISHED, other, text_heads=4)
    with pytest.raises(InputError, match="convert them first: python tools/converters/plip_v1"):
        read_checkpoint(PUBLISHED)
    (tmp_path / "folder.pth").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        convert_plip_v1(PUBLISHED, tmp_path / "folder.pth", text_heads=4)
    with pytest.raises(InputError, match="cannot write"):
        convert_plip_v1(PUBLISHED, other / "out.pth", text_heads=4)
    with pytest.raises(InputError, match="no converted checkpoint"):
        load_encoders(other)
    convert_plip_v1(PUBLISHED, tmp_path / "out.pth", text_heads=4)
    convert_plip_v1(PUBLISHED, tmp_path / "out.pth", text_heads=2)  # a former one is replaced
    assert read_checkpoint(tmp_path / "out.pth")["meta"]["sizes"]["text_heads"] == 2


def test_a_difference_is_found(tmp_path):
    convert_plip_v1(PUBLISHED, tmp_path / "a.pth", text_heads=4)
    vectors = read_vectors(VECTORS)
    vectors["text_hidden"][1, 3, 2] += 2e-5
    vectors["image_embedding"][0, 0] = torch.nan
    beyond = [
        e.name for e in compare_with_authors(tmp_path / "a.pth", vectors) if not e.within(1e-5)
    ]
    assert beyond == ["image_embedding", "text_hidden"]
    convert_plip_v1(PUBLISHED, tmp_path / "b.pth", text_heads=2)
    beyond = [
        e.name for e in compare_with_authors(tmp_path / "b.pth", vectors) if not e.within(1e-5)
    ]
    assert "text_pooler" in beyond


def test_vectors_that_do_not_fit(tmp_path):
    convert_plip_v1(PUBLISHED, tmp_path / "a.pth", text_heads=4)
    vectors = read_vectors(VECTORS)
    for name, value in (
        ("image", torch.ones(2, 3, 32, 32)),
        ("image", torch.ones(3)),
        ("token_ids", torch.full((2, 20), 500)),
        ("text_pooler", torch.ones(2, 31)),
        ("decoder.deconv3.bias", torch.ones(3)),
        ("colorization_text", torch.ones(2, 7)),
    ):
        with pytest.raises(InputError):
            compare_with_authors(tmp_path / "a.pth", {**vectors, name: value})
    np.savez(tmp_path / "few.npz", image=np.ones(3), text_hidden=np.array(["text"]))
    with pytest.raises(InputError, match=r"few\.npz lacks stage1, .*text_hidden"):
        read_vectors(tmp_path / "few.npz")


def test_names_of_the_decoder():
    assert decoder_name("channelunity4.weight") == "lateral.3.weight"
    assert decoder_name("SE_block1.fc2.bias") == "gates.0.fc2.bias"
    assert decoder_name("deconv2.weight") == "upsample.1.weight"
    with pytest.raises(InputError, match=r"no weight 'deconv\.weight'"):
        decoder_name("deconv.weight")
