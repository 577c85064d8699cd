import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))

from toy_config import CONFIG, REPOSITORY, run_tool

from plipdet.engine.checkpoint import read_checkpoint
from plipdet.weight_files import file_hash


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "toy.py"
    path.write_text(CONFIG, encoding="utf-8")
    return path


@pytest.fixture
def run_here(run_here, tmp_path, monkeypatch):
    """As for all tools, and the signals are as before afterwards."""
    stops = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
    former = {number: signal.getsignal(number) for number in stops}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logging, "raiseExceptions", logging.raiseExceptions)

    yield run_here
    for number, handler in former.items():
        signal.signal(number, handler)


def assert_one_message(done, *parts):
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1 and lines[0].startswith("error: "), done.stderr
    for part in parts:
        assert part in lines[0]


@pytest.mark.slow
def test_train_resume_and_test(config, tmp_path):
    work = tmp_path / "work"
    short = ("--cfg-options", "train_cfg.max_epochs=1")
    done = run_tool("tools/train.py", config, "--work-dir", work, "--amp", "--seed", 5, *short)
    assert done.returncode == 0, done.stderr
    saved = read_checkpoint(work / "epoch_1.pth")
    assert saved["meta"]["seed"] == 5 and "loss_scaler" in saved["optimizer"]

    done = run_tool("tools/train.py", config, "--work-dir", work, "--amp", "--resume")
    assert done.returncode == 0, done.stderr
    assert read_checkpoint(work / "epoch_2.pth")["meta"]["iter"] == 8
    assert not (work / "epoch_1.pth").exists()

    done = run_tool("tools/test.py", config, work / "epoch_2.pth", "--work-dir", work)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result == json.loads(Path(result["written_to"]).read_text())
    assert Path(result["written_to"]).parent == work
    assert 0 <= result["rank1"] <= 100 and result["queries"] == 6
    facts = result["protocol"]
    assert facts["checkpoint_sha256"] == file_hash(work / "epoch_2.pth")
    assert facts["training"]["seed"] == 5 and facts["training"]["trained_on"] == {"items": 16}
    assert facts["training"]["selected_on"] == {"items": 6}
    assert facts["data"] == {"query": {"items": 6}, "gallery": {"items": 6}}
    assert {"torch", "python", "onedl-mmengine"} <= set(facts["versions"])

    done = run_tool("tools/test.py", config, "--untrained", "--work-dir", work)
    assert json.loads(done.stdout.splitlines()[-1])["protocol"]["checkpoint"] == "untrained"


@pytest.mark.parametrize(
    ("script", "arguments", "parts"),
    [
        ("tools/train.py", ["{config}", "--launcher", "pytorch"], ["bash tools/dist_train.sh"]),
        ("tools/train.py", ["{config}x"], ["there is no config", "'toy.py'"]),
        ("tools/train.py", ["{config}", "--cfg-options", "lr"], ["KEY=VALUE"]),
        ("tools/train.py", ["{config}", "--resume", "no.pth"], ["no checkpoint no.pth"]),
        ("tools/train.py", ["{config}", "--seed", "-1"], ["randomness.seed is -1"]),
        ("tools/train.py", ["{config}", "--work-dir", "."], ["work_dir", "config's own folder"]),
        ("tools/test.py", ["{config}"], ["CHECKPOINT and --untrained"]),
    ],
)
def test_wrong_input_ends_with_one_message(config, tmp_path, run_here, script, arguments, parts):
    arguments = [a.format(config=config) for a in arguments]
    assert_one_message(run_here(script, *arguments), *parts)
    assert [path.name for path in tmp_path.iterdir()] == ["toy.py"]
    assert config.read_text(encoding="utf-8") == CONFIG


def test_error_in_a_worker_ends_with_one_message(config, tmp_path):
    options = ("train_dataloader.dataset.broken=5", "train_dataloader.num_workers=1")
    done = run_tool("tools/train.py", config, "--cfg-options", *options, cwd=tmp_path)
    assert_one_message(done, "error: picture 5 cannot be read")


def heed_interrupts():
    # A shell's background job ignores them, and so would all that it starts.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def started(command, folder):
    """Start a command in a process group of its own, with its output in two files of a folder."""
    paths = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests/engine")])
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHON": sys.executable}
    with open(folder / "out", "w") as out, open(folder / "err", "w") as err:
        process = subprocess.Popen(
            [*map(str, command)], env={**environment, "OMP_NUM_THREADS": "1"}, stdout=out,
            stderr=err, start_new_session=True, preexec_fn=heed_interrupts,
        )  # fmt: skip
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until(true, process):
    deadline = time.monotonic() + 120
    while not true():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)


def endless(config, work, *options):
    options = ("train_cfg.max_epochs=100000", *options)
    return [config, "--work-dir", work, "--cfg-options", *options]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_to_all_processes_of_a_run_saves_it(config, tmp_path, name):
    work, err = tmp_path / "w", tmp_path / "err"
    arguments = endless(config, work, "train_dataloader.num_workers=1")
    with started([sys.executable, REPOSITORY / "tools/train.py", *arguments], tmp_path) as process:
        wait_until((work / "last_checkpoint").exists, process)
        os.killpg(process.pid, getattr(signal, name))
        assert process.wait(60) == {"SIGINT": 130, "SIGTERM": 143}[name]
    said, *lines = reversed(err.read_text().strip().splitlines())
    assert len(lines) == (name == "SIGINT")  # somebody who pressed Ctrl-C waits for an answer
    found = re.search(rf"{name}: stopped after iteration (\d+), saved as (\S+);", said)
    assert read_checkpoint(found[2])["meta"]["iter"] == int(found[1])
    assert (work / "last_checkpoint").read_text() == found[2]


def test_interrupt_while_libraries_are_imported_ends_in_peace(config, tmp_path):
    command = [sys.executable, REPOSITORY / "tools/train.py", *endless(config, tmp_path / "w")]
    with started(command, tmp_path) as process:
        maps = Path(f"/proc/{process.pid}/maps")
        wait_until(lambda: "libtorch" in maps.read_text(), process)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert (tmp_path / "err").read_text() == "interrupted\n"


@pytest.mark.slow
def test_a_signal_to_one_of_two_ranks_saves_the_run(config, tmp_path):
    work = tmp_path / "w"
    command = ["bash", REPOSITORY / "tools/dist_train.sh", config, 2, *endless(config, work)[1:]]
    with started(command, tmp_path) as process:
        wait_until((work / "last_checkpoint").exists, process)
        ranks = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        ranks = [r for r in ranks if "train.py" in Path(f"/proc/{r}/cmdline").read_text()]
        os.kill(int(ranks[1]), signal.SIGTERM)
        assert process.wait(60) == 143
    lines = (tmp_path / "err").read_text().strip().splitlines()
    found = re.fullmatch(r"SIGTERM: stopped after iteration (\d+), saved as (\S+);.*", *lines)
    assert read_checkpoint(found[2])["meta"]["iter"] == int(found[1])
    assert len(read_checkpoint(found[2])["random_states"]) == 2


@pytest.mark.slow
def test_two_processes_train_and_test_like_one(config, tmp_path):
    bash, work = ("bash",), tmp_path / "work"
    short = ("--work-dir", work, "--cfg-options", "train_cfg.max_epochs=1")
    done = run_tool("tools/dist_train.sh", config, 2, *short, launcher=bash)
    assert done.returncode == 0, done.stderr
    saved = read_checkpoint(work / "epoch_1.pth")
    assert saved["meta"]["iter"] == 2 and len(saved["random_states"]) == 2
    weights = work / "epoch_1.pth"
    one = run_tool("tools/test.py", config, weights, "--work-dir", work)
    two = run_tool("tools/dist_test.sh", config, weights, 2, "--work-dir", work, launcher=bash)
    assert two.returncode == 0, two.stderr
    first, second = (json.loads(d.stdout.splitlines()[-1]) for d in (one, two))
    assert (first["rank1"], first["queries"]) == (second["rank1"], second["queries"])
    assert second["protocol"]["ranks"] == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["model.image_encoder.widht=3"], "did you mean 'width'"),
        (["train_dataloader.dataset.broken=5"], "picture 5 cannot be read"),
    ],
)
def test_error_of_several_processes_ends_with_one_message(config, tmp_path, options, part):
    arguments = (config, 2, "--work-dir", tmp_path / "w", "--cfg-options", *options)
    assert_one_message(run_tool("tools/dist_train.sh", *arguments, launcher=("bash",)), part)


@pytest.mark.parametrize("name", ["dist_train", "dist_test", "slurm_train", "slurm_test"])
def test_shell_scripts_say_how_to_use_them(name):
    done = run_tool(f"tools/{name}.sh", launcher=("bash",))
    assert done.returncode == 2 and f"usage: bash tools/{name}.sh" in done.stderr


def test_slurm_script_builds_the_usual_command(tmp_path):
    fake = tmp_path / "srun"
    fake.write_text('#!/bin/sh\nfor a in "$@"; do echo "$a"; done\n')
    fake.chmod(0o755)
    command = f"PATH={tmp_path}:$PATH GPUS=4 SRUN_ARGS='--time=1 --mem=2' bash "
    command += f"{REPOSITORY}/tools/slurm_train.sh part job 'a b.py' out --amp"
    lines = subprocess.run(command, shell=True, capture_output=True, text=True).stdout.splitlines()
    assert {"part", "--job-name=job", "--gres=gpu:4", "--ntasks=4", "--time=1", "--mem=2"} <= {
        *lines
    }
    start = lines.index("a b.py")
    assert lines[start:] == ["a b.py", "--work-dir", "out", "--launcher", "slurm", "--amp"]
