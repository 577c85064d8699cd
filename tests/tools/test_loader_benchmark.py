import json
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def benchmark(monkeypatch, tmp_path, run_here):
    monkeypatch.syspath_prepend(str(ROOT / "tools/benchmark"))
    monkeypatch.chdir(tmp_path)

    return partial(run_here, "tools/benchmark/loader.py")


def test_every_store_is_compared_with_bare_loops(benchmark, tmp_path):
    size = ("--images", 60, "--workers", 1, "--batch-size", 8, "--seconds", 0.02, "--repeats", 1)
    done = benchmark(*size, "--out", tmp_path / "out.json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result == json.loads((tmp_path / "out.json").read_text())
    assert set(result["ratios"]) == {"files", "lmdb", "shards"}
    for store, rates in result["pictures_per_second"].items():
        assert min(rates.values()) > 0
        (pair,) = result["ratios_of_pairs"][store]
        assert abs(pair - rates["loader"] / rates["bare"]) < 0.002
    assert result["same_pixels"] is True and result["batch_size"] == 8
    assert 8_000 < result["mean_bytes"] < 12_000
    decoders = result["decoders"]
    assert {"opencv full", "pillow scaled", "simplejpeg scaled"} <= set(decoders["large"])
    assert set(decoders["large"]) == set(decoders["as_they_are"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--workers", 0), "--workers is 0"),
        (("--seconds", 0), "--seconds is 0"),
        (("--data-root", "none"), "found no SYNTH-PEDES in none"),
        ((ROOT / "configs/plip/zero_shot_image_mini.py",), "has no train_dataloader"),
    ],
)
def test_wrong_input_is_one_message(benchmark, options, says):
    done = benchmark(*options, "--images", 8)
    assert done.returncode == 2 and says in done.stderr and "Traceback" not in done.stderr
