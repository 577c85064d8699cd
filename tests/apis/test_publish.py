import json

import pytest
import torch
from mmengine.hooks import EMAHook
from safetensors import safe_open

from plipdet.apis import load_model
from plipdet.apis.publish import publish
from plipdet.engine.checkpoint import read_checkpoint, write_checkpoint
from plipdet.errors import InputError
from plipdet.weight_files import file_hash

META = {
    "cfg": "root = '/home/someone/data/SYNTH-PEDES'\nname = 'x'\nwork_dir = \"/tmp/run 1/\"\n",
    "config_hash": "0123",
    "trained_on": {"items": 3, "root": "/home/someone/data", "splits": []},
    "epoch": 4,
    "seed": None,
}


@pytest.fixture
def trained(tmp_path):
    """Shared, strided and whole-number tensors beside the optimizer's state."""
    table = torch.randn(6, 4)
    weights = {
        "net.weight": table, "tied.weight": table, "half.weight": table[:, :2],
        "conv.weight": torch.randn(4, 3, 3, 3).to(memory_format=torch.channels_last),
        "bn.running_var": torch.tensor([1e-9, 1e6]), "bn.count": torch.tensor(5),
        "bn.bias": torch.tensor([-0.0, torch.nan]), "none": torch.zeros(0, 3),
    }  # fmt: skip
    path = tmp_path / "epoch_4.pth"
    content = {"state_dict": weights, "meta": META, "optimizer": {"state": {0: torch.ones(9)}}}
    write_checkpoint(content, path)
    return path, weights


def test_weights_come_back_bit_for_bit_with_their_facts(tmp_path, trained):
    source, weights = trained
    result = publish(source, tmp_path / "plip.safetensors", licence="CC BY 4.0")
    path = tmp_path / f"plip-{result['sha256'][:8]}.safetensors"
    assert result["path"] == str(path) and file_hash(path) == result["sha256"]
    content = read_checkpoint(path)
    assert set(content) == {"state_dict", "meta"}
    for name, value in weights.items():
        stored = content["state_dict"][name]
        assert stored.dtype == value.dtype and stored.shape == value.shape
        assert stored.numpy().tobytes() == value.contiguous().numpy().tobytes()
    meta = content["meta"]
    assert meta["published_from"] == file_hash(source) and meta["licence"] == "CC BY 4.0"
    assert meta["epoch"] == 4 and meta["seed"] is None and meta["weights"] == "as trained"
    assert meta["trained_on"] == {"items": 3, "splits": []}  # without this machine's folders
    assert meta["cfg"] == "root = 'SYNTH-PEDES'\nname = 'x'\nwork_dir = \"run 1\"\n"
    with safe_open(path, framework="pt") as file:
        header = file.metadata()
    assert header["licence"] == "CC BY 4.0" and header["cfg"] == meta["cfg"]
    again = publish(path, tmp_path / "again.safetensors")
    assert again["meta"]["trained_on"] == meta["trained_on"]


def test_half_precision_keeps_statistics(tmp_path, trained):
    source, weights = trained
    path = publish(source, tmp_path / "plip.safetensors", half=True)["path"]
    stored = read_checkpoint(path)["state_dict"]
    assert stored["net.weight"].dtype == torch.float16
    torch.testing.assert_close(
        stored["net.weight"].float(), weights["net.weight"], rtol=1e-3, atol=0
    )
    assert torch.equal(stored["bn.running_var"], weights["bn.running_var"])
    assert stored["bn.count"].dtype == torch.int64
    write_checkpoint({"state_dict": {"a": torch.tensor([1e6])}}, source)
    with pytest.raises(InputError, match=r"'a' of .* beyond float16"):
        publish(source, tmp_path / "plip.safetensors", half=True)


def test_averaged_weights_are_those_that_tests_use(tmp_path, trained):
    source, _ = trained
    with pytest.raises(InputError, match="no averaged weights"):
        publish(source, tmp_path / "plip.safetensors", ema=True)
    hook = EMAHook()
    hook.ema_model = torch.nn.ModuleDict({"module": torch.nn.Linear(1, 1)})
    checkpoint = {"state_dict": torch.nn.Linear(1, 1).state_dict(), "meta": {}}
    hook.before_save_checkpoint(None, checkpoint)
    write_checkpoint(checkpoint, source)
    result = publish(source, tmp_path / "plip.safetensors", ema=True)
    assert result["meta"]["weights"] == "averaged"
    stored = read_checkpoint(result["path"])["state_dict"]
    assert torch.equal(stored["weight"], hook.ema_model["module"].weight)
    assert set(stored) == {"weight", "bias"}


def test_results_of_this_checkpoint_go_with_it(tmp_path, trained):
    source, _ = trained
    result = {"rank1": 52.8, "protocol": {"checkpoint_sha256": file_hash(source), "root": "/x"}}
    file = tmp_path / "result.json"
    file.write_text(json.dumps(result))
    path = publish(source, tmp_path / "plip.safetensors", results=[file])["path"]
    metrics = read_checkpoint(path)["meta"]["metrics"]
    assert metrics == [{"rank1": 52.8, "protocol": {"checkpoint_sha256": file_hash(source)}}]
    for text, words in (
        (json.dumps({"protocol": {"checkpoint_sha256": "0"}}), "another checkpoint"),
        ("{}", r"no result .*it lacks 'protocol'\); name the result_"),
        ("not json", "no result"),
    ):
        file.write_text(text)
        with pytest.raises(InputError, match=words):
            publish(source, tmp_path / "plip.safetensors", results=[file])


def test_a_published_model_loads_as_the_trained_one(tmp_path, text_config, task, checkpoint):
    path = publish(checkpoint, tmp_path / "plip.safetensors")["path"]
    loaded = load_model(text_config, path, device="cpu")
    for name, weight in task.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], weight), name


def test_heads_without_weights_are_left_out(tmp_path, text_config, task, checkpoint):
    weights = {k: v for k, v in task.state_dict().items() if not k.startswith("heads.colorization")}
    write_checkpoint({"state_dict": weights}, tmp_path / "a.pth")
    loaded = load_model(text_config, tmp_path / "a.pth", device="cpu")
    assert set(loaded.heads) == set(task.heads) - {"colorization"}


def test_wrong_places(tmp_path, trained):
    source, _ = trained
    with pytest.raises(InputError, match=r"must end in \.safetensors"):
        publish(source, tmp_path / "plip.pth")
    with pytest.raises(InputError, match="cannot write"):
        publish(source, source / "plip.safetensors")
    with pytest.raises(InputError, match="no checkpoint"):
        publish(tmp_path / "none.pth", tmp_path / "plip.safetensors")
