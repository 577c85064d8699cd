"""No file from elsewhere runs code: not through the readers, not through the tools."""

import io
import json
import logging
import os
import pickle
import re
import runpy
import signal
import struct
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.model import BaseModule

sys.path.insert(0, str(Path(__file__).parent / "engine"))

from toy_config import CONFIG, REPOSITORY, run_tool

from plipdet.apis.plip_v1_check import read_vectors
from plipdet.array_files import read_arrays
from plipdet.engine.checkpoint import read_checkpoint, write_checkpoint
from plipdet.engine.weight_sources import read_weights_safely
from plipdet.errors import InputError
from plipdet.weight_files import file_hash, pack_safetensors, read_weight_file

MARKER = "code_from_the_file_ran"


class Run:
    """Makes a file when it is unpickled."""

    def __init__(self, trace, function=os.system):
        self.trace, self.function = trace, function

    def __reduce__(self):
        if self.function is os.system:
            return os.system, (f"touch {self.trace}",)
        return self.function, (f"open({str(self.trace)!r}, 'w').close()",)


class BySetState:
    def __reduce__(self):
        return os.mkdir, (), None, iter([MARKER])  # what APPENDS would call


@pytest.fixture
def trace(tmp_path):
    path = tmp_path / MARKER
    yield path
    assert not path.exists()


WEIGHTS = {"image_encoder.w": torch.ones(2), "text_encoder.w": torch.ones(2)}


def contents(trace):
    run = Run(trace)
    return {
        "alone": run,
        "beside": {"state_dict": WEIGHTS, "optimizer": run},
        "nested": {"state_dict": {**WEIGHTS, "x": [{"y": run}]}},
        "as_weights": {"ImgEncoder_state_dict": {"w": run}, "TxtEncoder_state_dict": {}},
        "as_key": {"state_dict": WEIGHTS, ("meta", Run(trace, eval)): 1},
        "exec": {"state_dict": WEIGHTS, "meta": Run(trace, exec)},
        "listitems": {"state_dict": WEIGHTS, "meta": BySetState()},
    }


def write(content, path, form):
    if form == "pickle":
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=form == "zip")
    return path


@pytest.mark.parametrize("form", ["zip", "legacy", "pickle"])
@pytest.mark.parametrize("kind", list(contents("x")))
def test_code_in_a_checkpoint_is_refused(tmp_path, trace, kind, form):
    path = write(contents(trace)[kind], tmp_path / "evil.pth", form)
    with pytest.raises(InputError) as caught:
        read_checkpoint(path)
    text = str(caught.value)
    assert str(path) in text and "\n" not in text
    # A bare pickle is no file of torch, and need not be looked into.
    assert form == "pickle" or re.search(
        r"holds Python objects \((posix.|nt.|builtins.)?(system|mkdir|eval|exec)\)", text
    )
    assert "weights_only" not in text  # no advice to read it with code execution


def test_a_model_with_code_is_refused(tmp_path):
    torch.jit.script(torch.nn.Linear(1, 1)).save(tmp_path / "script.pth")
    torch.save(torch.nn.Linear(1, 1), tmp_path / "module.pth")
    for name in ("script.pth", "module.pth"):
        with pytest.raises(InputError):
            read_checkpoint(tmp_path / name)


def test_the_environment_cannot_loosen_it(tmp_path, trace, monkeypatch):
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    with pytest.raises(InputError):
        read_checkpoint(write({"a": Run(trace)}, tmp_path / "evil.pth", "zip"))


class Pretrained(BaseModule):
    def __init__(self, checkpoint):
        super().__init__({"type": "Pretrained", "checkpoint": checkpoint})
        self.linear = torch.nn.Linear(2, 2)


def test_init_cfg_reads_as_safely(tmp_path, trace):
    """MMEngine's own loader falls back to running the code."""
    read_weights_safely()
    path = write({"state_dict": WEIGHTS, "x": Run(trace)}, tmp_path / "evil.pth", "zip")
    with pytest.raises(InputError, match="could run any code"):
        Pretrained(str(path)).init_weights()
    for address in ("https://example.org/w.pth", "open-mmlab://resnet50", "s3://bucket/w.pth"):
        with pytest.raises(InputError, match="download the file"):
            Pretrained(address).init_weights()
    write_checkpoint({"state_dict": {"linear.bias": torch.tensor([3.0, 4.0])}}, path)
    good = Pretrained(str(path))
    good.init_weights()
    assert good.linear.bias.tolist() == [3.0, 4.0]


def header(text, length=None, body=b""):
    data = text.encode()
    return struct.pack("<Q", len(data) if length is None else length) + data + body


ENTRY = '{"a":{"dtype":"F32","shape":[%s],"data_offsets":[0,%d]}}'


@pytest.mark.parametrize(
    "content",
    [
        header(ENTRY % ("1", 4), length=2**63),
        header(ENTRY % ("1", 4), length=2**40),
        header(ENTRY % ("1", 4)),
        header(ENTRY % ("2", 4), body=bytes(4)),
        header(ENTRY % ("1099511627776,1099511627776", 4), body=bytes(4)),
        header(ENTRY % ("1", 4), body=bytes(5)),
        header('{"a":{"dtype":"PY","shape":[1],"data_offsets":[0,4]}}', body=bytes(4)),
        header('{"__metadata__":{"plipdet_version":"1","facts":"__import__(1)"}}'),
        header('{"__metadata__":{"plipdet_version":"1","facts":"[1]"}}'),
        header('{"__metadata__":{"plipdet_version":1}}'),
        header("[]"),
        header(""),
        pickle.dumps({"a": 1}),
        b"",
    ],
)
def test_bogus_safetensors_are_refused(tmp_path, content):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"damaged or no checkpoint"):
        read_weight_file(path)


def test_facts_in_a_header_are_data(tmp_path, trace):
    text = f"open({str(trace)!r}, 'w').close()"
    path = tmp_path / "a.safetensors"
    path.write_bytes(pack_safetensors(WEIGHTS, {"plipdet_version": "1", "cfg": text, "n": [1]}))
    meta = read_checkpoint(path)["meta"]
    assert meta == {"plipdet_version": "1", "cfg": text, "n": [1]}


def test_arrays_of_objects_are_refused(tmp_path, trace):
    whole = io.BytesIO()
    np.savez(whole, image=np.ones(30))
    objects = io.BytesIO()
    np.savez(objects, image=np.array([Run(trace)], dtype=object))
    single = io.BytesIO()
    np.save(single, np.array([Run(trace)], dtype=object), allow_pickle=True)
    for content, words in (
        (objects.getvalue(), "Python objects"),
        (single.getvalue(), "Python objects"),
        (pickle.dumps(Run(trace)), "Python objects"),
        (whole.getvalue()[:-30], "damaged|Python objects"),
        (whole.getvalue().replace(b"(30,)", b"(99,)"), "damaged"),
        (b"", "damaged|Python objects"),
        (b"PK\x03\x04", "damaged|Python objects"),
    ):
        (tmp_path / "a.npz").write_bytes(content)
        for read in (read_arrays, read_vectors):
            with pytest.raises(InputError, match=words):
                read(tmp_path / "a.npz")
    torch.save({"a": torch.ones(2)}, tmp_path / "a.npz")  # another zip file
    with pytest.raises(InputError, match=r"no \.npz file"):
        read_arrays(tmp_path / "a.npz")
    np.save(tmp_path / "one.npy", np.ones(3))
    with pytest.raises(InputError, match="a single array"):
        read_arrays(tmp_path / "one.npy")
    with pytest.raises(InputError, match="there is no file"):
        read_arrays(tmp_path / "none.npz")


# --- through the tools ----------------------------------------------------------------------


def run_here(script, *arguments, cwd):
    """Run a tool in this process, which has imported already what takes seconds."""
    signals = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR1)}
    output, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(output), redirect_stderr(errors):
        patch.chdir(cwd)
        patch.setattr(sys, "argv", [script, *map(str, arguments)])
        patch.setattr(sys, "path", [*sys.path])
        patch.setattr(logging, "raiseExceptions", True)
        try:
            runpy.run_path(str(REPOSITORY / script), run_name="__main__")
            code = 0
        except SystemExit as ending:
            code = ending.code
        finally:
            for number, handler in signals.items():
                signal.signal(number, handler)
    return SimpleNamespace(returncode=code, stdout=output.getvalue(), stderr=errors.getvalue())


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A real checkpoint of the toys, its config, and its folder."""
    folder = tmp_path_factory.mktemp("trained")
    config = folder / "toy.py"
    config.write_text(CONFIG, encoding="utf-8")
    short = ("--cfg-options", "train_cfg.max_epochs=1", "experiment_name=trained")
    done = run_here("tools/train.py", config, "--work-dir", "work", *short, cwd=folder)
    assert done.returncode == 0, done.stderr
    return config, folder / "work" / "epoch_1.pth"


def assert_refused(done):
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 and "could run any code" in lines[0], done.stderr


@pytest.mark.parametrize(
    ("script", "arguments"),
    [
        ("tools/train.py", ["{config}", "--resume", "{evil}"]),
        ("tools/train.py", ["{config}", "--cfg-options", "load_from={evil}"]),
        ("tools/test.py", ["{config}", "{evil}"]),
        ("tools/converters/publish.py", ["{evil}", "out.safetensors"]),
        ("tools/converters/plip_v1.py", ["{evil}", "out.safetensors"]),
        ("tools/converters/plip_v1.py", ["{evil}", "out.pth", "--reverse"]),
        ("tools/converters/plip_v1.py", ["{golden}", "out.pth", "--verify", "{arrays}"]),
        ("tools/analysis/colorization.py", ["{config}", "{evil}"]),
        ("tools/export_onnx.py", ["{config}", "{evil}", "--out", "out"]),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value[-2:]),
)
def test_tools_refuse_with_one_line(tmp_path, trace, trained, script, arguments):
    config, good = trained
    evil = write({**read_checkpoint(good), "more": Run(trace)}, tmp_path / "evil.pth", "zip")
    np.savez(tmp_path / "evil.npz", image=np.array([Run(trace)], dtype=object))
    places = {
        "config": config, "evil": evil, "arrays": tmp_path / "evil.npz",
        "golden": REPOSITORY / "tests/data/golden/plip_v1_tiny_checkpoint.pth.tar",
    }  # fmt: skip
    done = run_here(script, *(a.format(**places) for a in arguments), cwd=tmp_path)
    assert_refused(done)
    assert not trace.exists() and not list(tmp_path.glob("out*"))


def test_resuming_from_a_folder_refuses(tmp_path, trace, trained):
    config, good = trained
    evil = write({**read_checkpoint(good), "more": Run(trace)}, tmp_path / "epoch_1.pth", "zip")
    (tmp_path / "last_checkpoint").write_text(str(evil))
    arguments = ("tools/train.py", config, "--resume", "--work-dir", tmp_path)
    assert_refused(run_here(*arguments, cwd=tmp_path))
    assert_refused(run_tool(*arguments, cwd=tmp_path))  # as a user does


def test_the_config_of_a_checkpoint_stays_text(tmp_path, trace, trained):
    config, good = trained
    text = f"open({str(trace)!r}, 'w').close()\n"
    checkpoint = read_checkpoint(good)
    checkpoint["meta"]["cfg"] = text
    checkpoint["message_hub"]["runtime_info"]["cfg"] = text
    path = tmp_path / "trained.pth"
    write_checkpoint(checkpoint, path)

    def run(name, script, *arguments):
        # MMEngine keeps loggers and message hubs by the experiment's name.
        options = ("--work-dir", name, "--cfg-options", f"experiment_name={name}")
        done = run_here(script, config, *arguments, *options, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done

    assert f"resumed {path}" in run("resumed", "tools/train.py", "--resume", path).stdout
    assert text not in read_checkpoint(tmp_path / "resumed/epoch_2.pth")["meta"]["cfg"]
    options = ("--cfg-options", f"load_from={path}", "train_cfg.max_epochs=1")
    assert f"loaded {path}" in run("anew", "tools/train.py", *options).stdout
    done = run_here("tools/converters/publish.py", path, "out.safetensors", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    published = tmp_path / result["path"]
    assert read_checkpoint(published)["meta"]["cfg"] == result["meta"]["cfg"] != text
    done = run("tested", "tools/test.py", published)
    training = json.loads(done.stdout.splitlines()[-1])["protocol"]["training"]
    assert training["trained_on"] == {"items": 16} and training["epoch"] == 1
    assert training["published_from"] == file_hash(path)


def test_golden_through_the_tool(tmp_path):
    golden = REPOSITORY / "tests/data/golden"
    source, vectors = (
        golden / "plip_v1_tiny_checkpoint.pth.tar",
        golden / "plip_v1_tiny_vectors.npz",
    )
    convert = ("tools/converters/plip_v1.py", source, "a.safetensors", "--text-heads")
    done = run_here(*convert, 4, "--verify", vectors, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result == json.loads((tmp_path / "a.safetensors.json").read_text())
    assert len(result["verified"]["outputs"]) == 8 and result["verified"]["beyond"] == []
    done = run_here(*convert, 2, "--verify", vectors, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["verified"]["beyond"] == ["text_hidden", "text_pooler"]
    assert re.search(r"text_pooler .* past 1e-05", done.stdout)
