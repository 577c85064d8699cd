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

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools/data/render_scenes.py"
# Taken before a test moves the user's cache, in which the body lies that takes long to build.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
SMALL = ("--frames", "6", "--identities", "4", "--test-frames", "3", "--size", "160x90")


def command(*arguments):
    return [sys.executable, str(TOOL), *map(str, arguments)]


def run(*arguments):
    return subprocess.run(command(*arguments), env=ENVIRONMENT, capture_output=True, text=True)


def digests(folder):
    """Hashes of all files but the measured times."""
    files = [p for p in folder.rglob("*") if p.is_file() and p.name != "minipedes_scenes.json"]
    return {p.relative_to(folder): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    out = tmp_path_factory.mktemp("rendered") / "set"
    done = run("--out", out, *SMALL, "--workers", "1")
    assert done.returncode == 0, done.stderr
    return out, json.loads(done.stdout.splitlines()[-1])


def test_the_last_line_tells_of_the_set(rendered):
    out, result = rendered
    assert result == json.loads((out / "minipedes_scenes.json").read_text())
    facts = {"scenes": 6, "test_frames": 3, "identities": 4, "test_ids": 2, "size": [90, 160]}
    assert facts.items() <= result.items()
    assert {p.name for p in out.iterdir() if p.is_dir()} == {"PRW", "CUHK-SYSU", "COCO-person-ids"}
    frames = sorted((out / "PRW" / "frames").iterdir())
    assert len(frames) == 6 and cv2.imread(str(frames[0])).shape == (90, 160, 3)
    labels = json.loads((out / "minipedes_attributes.json").read_text())
    assert set(labels["identities"]) == {"1", "2", "3", "4"}


def test_two_workers_make_the_same_files_in_the_chosen_layout(rendered, tmp_path):
    done = run("--out", tmp_path / "two", *SMALL, "--workers", "2", "--layouts", "coco")
    assert done.returncode == 0, done.stderr
    ours = digests(tmp_path / "two")
    assert ours and ours.items() <= digests(rendered[0]).items()
    assert {p.name for p in (tmp_path / "two").iterdir() if p.is_dir()} == {"COCO-person-ids"}


def test_an_interrupted_run_leaves_nothing(tmp_path):
    process = subprocess.Popen(
        command("--out", tmp_path / "set", "--frames", "400", "--size", "160x90", "--workers", "2"),
        env=ENVIRONMENT,
        stdout=-1,
        stderr=-1,
        text=True,
        # A shell's background job ignores interrupts, and so would all that it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        deadline = time.monotonic() + 300
        while not list(tmp_path.glob(".set.*.part/images/*.jpg")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 130 and stderr.rstrip().endswith("interrupted"), stderr
    assert "Traceback" not in stderr and stdout == "" and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--frames", "1"), "both splits need some of each"),
        (("--identities", "700"), "as many frames as identities"),
        (("--size", "640"), "expected WIDTHxHEIGHT"),
        (("--size", "640x10"), "expected 90 to 2048 px"),
        (("--quality", "0"), "expected quality 1..100"),
        (("--layouts", "prv"), "did you mean 'prw'"),
        (("--workers", "0"), "expected 1 or more"),
        (("--world", "wintre"), "did you mean 'winter'"),
    ],
)
def test_wrong_arguments(tmp_path, arguments, says, monkeypatch, capsys):
    assert says in refusal(tmp_path / "o", arguments, monkeypatch, capsys)
    assert not list(tmp_path.iterdir())


def refusal(out, arguments, monkeypatch, capsys):
    """What the tool says before it renders anything."""
    monkeypatch.setattr(sys, "argv", ["tool", "--out", str(out), *arguments])
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(TOOL), run_name="__main__")
    assert caught.value.code == 2
    return capsys.readouterr().err


def test_folders_are_not_overwritten_silently(tmp_path, rendered, monkeypatch, capsys):
    assert "add --overwrite" in refusal(rendered[0], SMALL, monkeypatch, capsys)
    (tmp_path / "photo.jpg").touch()
    told = refusal(tmp_path, (*SMALL, "--overwrite"), monkeypatch, capsys)
    assert "this tool did not make it" in told
