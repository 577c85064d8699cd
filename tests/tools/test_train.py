import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))

from toy_config import CONFIG, REPOSITORY, run_tool

from plipdet.engine.checkpoint import file_hash, read_checkpoint


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "toy.py"
    path.write_text(CONFIG, encoding="utf-8")
    return path


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
        ("tools/test.py", ["{config}"], ["CHECKPOINT and --untrained"]),
    ],
)
def test_wrong_input_ends_with_one_message(config, tmp_path, script, arguments, parts):
    arguments = [a.format(config=config) for a in arguments]
    assert_one_message(run_tool(script, *arguments, cwd=tmp_path), *parts)
    assert not (tmp_path / "work_dirs").exists()


def test_error_in_a_worker_ends_with_one_message(config, tmp_path):
    options = ("train_dataloader.dataset.broken=5", "train_dataloader.num_workers=1")
    done = run_tool("tools/train.py", config, "--cfg-options", *options, cwd=tmp_path)
    assert_one_message(done, "error: picture 5 cannot be read")


def heed_interrupts():
    # A shell's background job ignores them, and so would all that it starts.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupt_ends_with_130(config, tmp_path):
    command = [sys.executable, str(REPOSITORY / "tools/train.py"), str(config)]
    command += ["--work-dir", str(tmp_path / "w"), "--cfg-options", "train_cfg.max_epochs=100000"]
    environment = {"PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'tests/engine'}", "HOME": "/tmp"}
    with open(tmp_path / "err", "w") as err:
        process = subprocess.Popen(
            command, env=environment, stdout=err, stderr=err, preexec_fn=heed_interrupts
        )
        try:
            deadline = time.monotonic() + 120
            while not (tmp_path / "w" / "last_checkpoint").exists() and time.monotonic() < deadline:
                time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130
        finally:
            process.kill()
    assert (tmp_path / "err").read_text().rstrip().endswith("interrupted")


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
