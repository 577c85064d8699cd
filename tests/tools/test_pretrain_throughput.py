import json
import sys
from pathlib import Path

import pytest
from tiny_model import TINY

from plipdet.errors import InputError

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def tool(monkeypatch, tmp_path):
    """The tool in this process, which spares seconds of imports."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "tools" / "benchmark"))
    import pretrain_throughput

    out = tmp_path / "out.json"

    def run(*arguments, config="configs/plip/pretrain_mini.py"):
        command = ["pretrain_throughput.py", str(REPOSITORY / config), f"--out={out}", *arguments]
        monkeypatch.setattr(sys, "argv", command)
        pretrain_throughput.main()
        return json.loads(out.read_text())

    run.module = pretrain_throughput
    return run


def test_step_and_parts_are_reported(tool, capsys):
    fast = ("--batch-size=2", "--steps=1", "--repeats=2", "--peak-tflops=0.5")
    result = tool(*fast, *TINY)
    assert result == json.loads(capsys.readouterr().out.splitlines()[-1])
    parts = result["seconds_of_parts"]
    assert set(parts) == {
        "preprocessing", "encode image", "encode gray", "encode text", "encode masked_text",
        "head contrast", "head colorization", "head attributes", "optimizer",
    }  # fmt: skip
    assert min(parts.values()) > 0 and len(result["ratios"]) == 2
    assert result["peak_memory_gb"] > 0
    seconds = result["seconds_per_step"]
    assert result["pairs_per_second"] * seconds == pytest.approx(2)
    used = result["gflop_per_pair"] * 2 / seconds / 1e3
    assert abs(result["model_flop_utilisation"] * 0.5 / used - 1) < 1e-9
    assert abs(result["hours_of_training"] / (70 * 4_791_711 * seconds / 2 / 3600) - 1) < 1e-9


def test_a_card_without_a_known_peak_has_no_utilisation(tool, monkeypatch):
    monkeypatch.setattr("torch.cuda.get_device_name", lambda: "Riva 128")
    peak, peak_from = tool.module._peak(None, "cuda", amp=True)
    assert peak is None and peak_from == "unknown for Riva 128: pass --peak-tflops"
    assert tool.module._outlook(0.01, 1e9, peak)["model_flop_utilisation"] is None
    monkeypatch.setattr("torch.cuda.get_device_name", lambda: "NVIDIA H100 80GB HBM3")
    assert tool.module._peak(None, "cuda", amp=True) == (989.4, "data sheet, dense bfloat16")


@pytest.mark.parametrize(
    ("options", "config", "message"),
    [
        (("--batch-size=0",), "configs/plip/pretrain_mini.py", "--batch-size is 0; the least is 1"),
        (("--peak-tflops=0",), "configs/plip/pretrain_mini.py", "it must be above 0"),
        ((), "configs/plip/pretrain_r05.py", "there is no config"),
        ((), "configs/plip/zero_shot_text_mini.py", "trains nothing"),
        (("--batch-size=1000000000", *TINY), "configs/plip/pretrain_mini.py", "500000000"),
    ],
)
def test_wrong_options_are_one_message(tool, options, config, message):
    with pytest.raises(InputError, match=message):
        tool(*options, config=config)
