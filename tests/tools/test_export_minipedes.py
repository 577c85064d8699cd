import json
import runpy
import sys
from pathlib import Path

import pytest

from plipdet.datasets.sources import Msmt17, RstpReid

ROOT = Path(__file__).parents[2]
SET = ROOT / "tests/data/minipedes"


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run_tool(*arguments):
        monkeypatch.setattr(sys, "argv", ["tool", *map(str, arguments)])
        code = 0
        try:
            runpy.run_path(str(ROOT / "tools/data/export_minipedes.py"), run_name="__main__")
        except SystemExit as error:
            code = error.code
        return code, capsys.readouterr()

    return run_tool


def test_further_layouts_are_a_set_of_their_own(run, tmp_path):
    out = tmp_path / "more"
    code, said = run(SET, "--out", out, "--layouts", "rstp-reid", "msmt17-v2")
    assert code == 0, said.err
    result = json.loads(said.out.splitlines()[-1])
    assert result == json.loads((out / "minipedes.json").read_text())
    assert result["layouts"] == ["rstp-reid", "msmt17-v2"] and result["crops"] == 96
    assert len(RstpReid(out).load()) == 96 and len(Msmt17(out).load()) == 80
    assert (out / "minipedes_attributes.json").is_file()
    assert run(SET, "--out", out, "--layouts", "rstp-reid")[0] == 2
    assert run(SET, "--out", out, "--layouts", "rstp-reid", "--overwrite")[0] == 0
    assert not (out / "MSMT17_V2").exists()


def test_the_set_itself_and_sets_without_phrases_are_refused(run, tmp_path):
    code, said = run(SET, "--out", SET)
    assert code == 2 and "is the set itself" in said.err
    code, said = run(tmp_path, "--out", tmp_path / "out")
    assert code == 2 and "name a folder that tools/data/render_minipedes.py wrote" in said.err
    code, said = run(SET, "--out", tmp_path / "a", "--layouts", "cuhk-pedes")
    assert code == 0, said.err
    code, said = run(tmp_path / "a", "--out", tmp_path / "b")
    assert code == 2 and "leave out the layout synth-pedes" in said.err
    assert not (tmp_path / "b").exists()
