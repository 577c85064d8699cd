import hashlib
import json
import os
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest

from plipdet.datasets.sources import CuhkPedes, Market1501, SynthPedes
from plipdet.minipedes.exporters.pa100k import export_pa100k
from plipdet.minipedes.exporters.read_set import read_set

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools/data/render_minipedes.py"
# Taken before a test moves the user's cache, in which the body lies that takes long to build.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
SMALL = ("--ids", "6", "--images-per-id", "4", "--test-ids", "2", "--size", "64x32")


def command(*arguments):
    return [sys.executable, str(TOOL), *map(str, arguments)]


def run(*arguments):
    return subprocess.run(command(*arguments), env=ENVIRONMENT, capture_output=True, text=True)


def digests(folder):
    """Hashes of all files but the measured times and the readers' tables."""
    names = (str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    names = (name for name in names if name != "minipedes.json" and ".plipdet" not in name)
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    out = tmp_path_factory.mktemp("rendered") / "set"
    done = run("--out", out, *SMALL, "--workers", "1")
    assert done.returncode == 0, done.stderr
    return out, json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(autouse=True)
def user_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_the_last_line_tells_of_the_set(rendered):
    out, result = rendered
    assert result == json.loads((out / "minipedes.json").read_text())
    facts = {"crops": 24, "identities": 6, "val_ids": 1, "test_ids": 2, "size": [64, 32]}
    assert facts.items() <= result.items()
    assert result["captions"] == 48 and result["path"] == str(out) and result["world"] == "street"
    assert result["crops_per_second"] == pytest.approx(24 / result["seconds"], rel=0.01)
    pictures = {p.stat().st_ino: p.stat().st_size for p in out.rglob("*.jpg")}
    told = [p for end in ("json", "txt", "mat") for p in out.rglob(f"*.{end}")]
    texts = [p.stat().st_size for p in told if p.name != "minipedes.json"]
    assert len(pictures) == 24 and result["bytes"] == sum(pictures.values()) + sum(texts)
    assert min(result["distinct_words"], result["distinct_2"], result["mean_length"]) > 0


def test_labels_and_sides_are_the_same_when_the_set_is_read_back(rendered, tmp_path):
    out, _ = rendered
    export_pa100k(read_set(out)[1], tmp_path)
    name = "PA100k/annotation.mat"
    assert (tmp_path / name).read_bytes() == (out / name).read_bytes()


def test_every_reader_reads_it_and_identities_are_disjoint(rendered):
    out, _ = rendered
    synth, cuhk, market = (source(out).load() for source in (SynthPedes, CuhkPedes, Market1501))
    assert {row.person_id for row in synth} == {1, 2, 3}
    splits = {s: {r.person_id for r in cuhk.where_split(s)} for s in ("train", "val", "test")}
    assert splits == {"train": {1, 2, 3}, "val": {4}, "test": {5, 6}}
    assert {row.person_id for row in market.where_split("query")} == {5, 6}
    row = synth[0]
    assert len(row.captions) == 2 and len(row.prompt_captions) == 1
    assert len(row.attribute_phrases) == 6
    assert cv2.imread(str(synth.root / row.image)).shape == (64, 32, 3)


def test_labels_lie_beside_the_layouts(rendered):
    labels = json.loads((rendered[0] / "minipedes_attributes.json").read_text())
    assert set(labels["identities"]) == {str(n) for n in range(1, 7)}
    assert {len(row) for row in labels["identities"].values()} == {len(labels["names"])}
    assert {v for row in labels["identities"].values() for v in row} <= {-1, 0, 1}


def test_two_workers_make_the_same_files(rendered, tmp_path):
    done = run("--out", tmp_path / "two", *SMALL, "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert digests(tmp_path / "two") == digests(rendered[0])


def test_another_seed_is_another_population_and_layouts_are_chosen(rendered, tmp_path):
    few = ("--ids", "3", "--images-per-id", "2", "--test-ids", "1", "--size", "64x32")
    out = tmp_path / "other"
    done = run("--out", out, *few, "--seed", 1, "--layouts", "synth-pedes", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert {p.name for p in out.iterdir() if p.is_dir()} == {"SYNTH-PEDES"}
    first = "SYNTH-PEDES/Part1/1/1.jpg"
    assert digests(out)[first] != digests(rendered[0])[first]


@pytest.mark.parametrize(("stop", "workers"), [(signal.SIGINT, 2), (signal.SIGKILL, 1)])
def test_an_interrupted_run_leaves_no_set(tmp_path, stop, workers):
    out = tmp_path / "set"
    arguments = ("--ids", "400", "--images-per-id", "4", "--size", "64x32")
    process = subprocess.Popen(
        command("--out", out, *arguments, "--workers", workers),
        env=ENVIRONMENT,
        stdout=-1,
        stderr=-1,
        text=True,
        # A shell's background job ignores interrupts, and so would all that it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob(".set.*.part/images/*/*.jpg")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(stop)
        stdout, stderr = process.communicate(timeout=30)
    finally:
        process.kill()
    assert not out.exists() and stdout == ""
    if stop == signal.SIGINT:
        assert process.returncode == 130 and stderr.rstrip().endswith("interrupted"), stderr
        assert "Traceback" not in stderr
        assert not list(tmp_path.glob(".set*"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--ids", "3", "--test-ids", "2"), "leave none for training"),
        (("--images-per-id", "1"), "ask for 2 or more"),
        (("--size", "64"), "expected HEIGHTxWIDTH"),
        (("--size", "64x3000"), "expected 16 to 2048 px"),
        (("--quality", "0"), "expected quality 1..100"),
        (("--layouts", "market1501"), "did you mean 'market-1501'"),
        (("--workers", "0"), "expected 1 or more"),
        (("--test-ids", "0"), "expected 1 or more"),
        (("--world", "wintre"), "did you mean 'winter'"),
    ],
)
def test_wrong_arguments(tmp_path, arguments, says, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["tool", "--out", str(tmp_path / "o"), *arguments])
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(TOOL), run_name="__main__")
    assert caught.value.code == 2 and says in capsys.readouterr().err
    assert not list(tmp_path.glob("*o*"))


def test_a_full_folder_is_refused(tmp_path, rendered):
    done = run("--out", rendered[0], *SMALL)
    assert done.returncode == 2 and "add --overwrite" in done.stderr
