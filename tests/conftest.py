import runpy
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "data" / "golden"
MINIPEDES = Path(__file__).parent / "data" / "minipedes"


def _arrays(name):
    with np.load(GOLDEN / name) as arrays:
        return {key: torch.from_numpy(np.asarray(arrays[key])) for key in arrays.files}


@pytest.fixture(autouse=True)
def denormal_numbers():
    """A runner takes them from its process; the tests after it shall have them."""
    yield
    torch.set_flush_denormal(False)


@pytest.fixture(autouse=True)
def no_package_of_tests():
    """LanceDB would take tests/datasets, once tests there were collected, for Hugging Face's."""
    if getattr(sys.modules.get("datasets"), "__file__", "") is None:
        del sys.modules["datasets"]


@pytest.fixture(autouse=True)
def signal_handlers():
    """A tool ignores them once it is about to end; this process goes on, and so do its workers."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts background jobs
        signal.signal(signal.SIGINT, signal.default_int_handler)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def golden_vectors():
    """Inputs and outputs of the authors' tiny model, in eval mode."""
    return _arrays("plip_v1_tiny_vectors.npz")


@pytest.fixture(scope="session")
def golden_losses():
    """Embeddings, and the authors' CMPM and CMPC of them with gradients, float64."""
    return _arrays("plip_v1_tiny_losses.npz")


@pytest.fixture(scope="session")
def golden_checkpoint():
    """The tiny model's state dicts ``image`` and ``text``, without ``module.``."""
    file = torch.load(GOLDEN / "plip_v1_tiny_checkpoint.pth.tar", weights_only=True)
    return {
        short: {k.removeprefix("module."): v for k, v in file[key].items()}
        for short, key in (("image", "ImgEncoder_state_dict"), ("text", "TxtEncoder_state_dict"))
    }


@pytest.fixture(scope="session")
def minipedes_layouts(tmp_path_factory):
    """A folder with the tiny MiniPedes in all layouts; of MSMT17, V2 and mirror lie in others."""
    from plipdet.minipedes.exporters.layouts import LAYOUTS
    from plipdet.minipedes.exporters.read_set import read_set

    out = tmp_path_factory.mktemp("minipedes_layouts")
    _, records = read_set(MINIPEDES)
    for name, export in LAYOUTS.items():
        export(records, out / name if name in ("msmt17-v2", "msmt17-mirror") else out)
    (out / "minipedes.json").write_bytes((MINIPEDES / "minipedes.json").read_bytes())
    return out


@pytest.fixture
def run_here(monkeypatch, capsys):
    """Runs a tool in this process, which saves its start; returns exit code, output and errors."""

    def run(script, *arguments):
        monkeypatch.setattr(sys, "argv", [str(script), *map(str, arguments)])
        code = 0
        try:
            runpy.run_path(str(ROOT / script), run_name="__main__")
        except SystemExit as stopped:
            code = stopped.code
        said = capsys.readouterr()
        return SimpleNamespace(returncode=code, stdout=said.out, stderr=said.err)

    return run
