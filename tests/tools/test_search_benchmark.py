import json
import runpy
import sys

import pytest

from plipdet.errors import InputError

pytest.importorskip("lancedb")


@pytest.fixture
def main(pytestconfig):
    return runpy.run_path(str(pytestconfig.rootpath / "tools/benchmark/search.py"))["main"]


def test_compares_with_every_vector(main, tmp_path, monkeypatch, capsys):
    options = ["--people", "700", "--dim", "16", "--queries", "6", "--exact-queries", "3"]
    arguments = ["search.py", *options, "--work-dir", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", arguments)
    main()
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result == json.loads((tmp_path / "search.json").read_text())
    assert not result["indexed"]  # so that what is found must be right
    for part in ("all", "filtered", "exact"):
        assert result[part]["recall_at_10"] == 1
        assert 0 < result[part]["p50_ms"] <= result[part]["p95_ms"]
    assert result["disk_mb"] > 0
    assert not (tmp_path / "store").exists()


def test_overwrites_no_store(main, tmp_path, monkeypatch):
    (tmp_path / "store").mkdir()
    monkeypatch.setattr(sys, "argv", ["search.py", "--work-dir", str(tmp_path)])
    with pytest.raises(InputError, match="store exists"):
        main()
    monkeypatch.setattr(sys, "argv", ["search.py", "--people", "0"])
    with pytest.raises(InputError, match="--people is 0"):
        main()
