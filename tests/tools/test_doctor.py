import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from plipdet.datasets.stores.lmdb_writer import LmdbWriter

REPOSITORY = Path(__file__).parents[2]
MINIPEDES = REPOSITORY / "tests" / "data" / "minipedes"
TOOL = REPOSITORY / "tools" / "doctor.py"


@pytest.fixture
def root(tmp_path):
    return shutil.copytree(MINIPEDES, tmp_path / "set", ignore=shutil.ignore_patterns(".plipdet"))


@pytest.fixture
def doctor(tmp_path, monkeypatch, capsys):
    """Run the tool in this process, which spares seconds of imports."""
    spec = importlib.util.spec_from_file_location("doctor_tool", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.chdir(tmp_path)

    def run(root, *arguments, source="CuhkPedes"):
        monkeypatch.setattr(sys, "argv", [str(TOOL), source, str(root), *arguments])
        code = 0
        try:
            module.main()
        except SystemExit as stop:
            code = stop.code
        captured = capsys.readouterr()
        return subprocess.CompletedProcess(sys.argv, code, captured.out, captured.err)

    return run


def last_line(done):
    return json.loads(done.stdout.splitlines()[-1])


def test_packed_pictures(doctor, root, tmp_path):
    writer = LmdbWriter(tmp_path / "images.lmdb")
    for path in sorted((root / "SYNTH-PEDES").rglob("*.jpg"))[1:]:
        writer.add(path.relative_to(root / "SYNTH-PEDES").as_posix(), path.read_bytes())
        path.unlink()
    writer.close()
    done = doctor(root, "--packed", "images.lmdb", source="synth_pedes")
    assert done.returncode == 1 and last_line(done)["findings"] == {"missing-image": 1}
    done = doctor(root, "--packed", "none", source="synth_pedes")
    assert done.returncode == 2 and "none has neither data.mdb" in done.stderr


def test_a_clean_set_is_fit(doctor, root):
    done = doctor(root, "--out", "report/doctor.json", source="synth_pedes")
    assert done.returncode == 0, done.stderr
    result = last_line(done)
    assert result["verdict"] == "fit for training" and result["findings"] == {}
    assert result["counted"]["decoded"] == 48
    written = json.loads((root.parent / "report" / "doctor.json").read_text())
    assert written["findings"] == [] and written["counted"] == result["counted"]


def test_errors_fail_and_are_told_with_their_fix(doctor, root):
    (root / "CUHK-PEDES" / "imgs" / "test_query" / "p13_s49.jpg").write_bytes(b"")
    done = doctor(root)
    assert done.returncode == 1
    assert "empty-image (1): a picture's file is empty" in done.stdout
    assert "fix: download it again" in done.stdout
    assert "record 48, imgs/test_query/p13_s49.jpg" in done.stdout
    assert last_line(done)["findings"] == {"empty-image": 1}
    report = json.loads((root.parent / "doctor.json").read_text())
    assert report["findings"][0]["examples"] == [
        {"record": 48, "file": "imgs/test_query/p13_s49.jpg"}
    ]


def test_warnings_fail_only_when_asked(doctor, root):
    (root / "minipedes.json").unlink()
    assert doctor(root).returncode == 0
    done = doctor(root, "--strict", "--severity", "error", "--images", "none")
    assert done.returncode == 1 and "fewer-than-known (" not in done.stdout
    assert last_line(done)["warnings"] == 1
    done = doctor(root, "--strict", "--ignore", "fewer-than-known", "--images", "10")
    assert done.returncode == 0 and last_line(done)["counted"]["decoded"] == 10


@pytest.mark.parametrize(
    ("arguments", "source", "message"),
    [
        ((), "CukhPedes", "did you mean 'CuhkPedes'?"),
        ((), "Synth-Pedes", "did you mean"),
        (("--images", "some"), "CuhkPedes", "--images 'some'; expected all, none"),
        (("--images", "0"), "CuhkPedes", "expected"),
        (("--workers", "0"), "CuhkPedes", "workers = 0"),
        (("--severity", "eror"), "CuhkPedes", "did you mean 'error'?"),
        (("--ignore", "mising-image"), "CuhkPedes", "did you mean 'missing-image'?"),
    ],
)
def test_wrong_usage_is_told(doctor, root, arguments, source, message):
    done = doctor(root, *arguments, source=source)
    assert done.returncode == 2 and message in done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_root_is_wrong_usage(doctor):
    done = doctor("")
    assert done.returncode == 2 and "ROOT is empty" in done.stderr


def test_a_folder_that_is_not_there_is_wrong_usage(doctor, root):
    done = doctor(root / "nowhere", source="Market1501")
    assert done.returncode == 2 and "does not exist" in done.stderr


def test_the_result_is_printed_also_when_it_cannot_be_written(doctor, root):
    done = doctor(root, "--out", "/dev/full/doctor.json")
    assert done.returncode == 2 and "cannot write" in done.stderr
    assert last_line(done)["findings"] == {}


def test_the_tool_runs_by_itself(root, tmp_path):
    command = [sys.executable, str(TOOL), "market1501", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stderr
    assert last_line(done)["counted"]["decoded"] == 82
