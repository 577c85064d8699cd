import json
import sys
from pathlib import Path

import pytest

from plipdet.errors import InputError

REPOSITORY = Path(__file__).parents[2]
DATA = REPOSITORY / "tests/data/minipedes"


@pytest.fixture
def run(monkeypatch, tmp_path):
    """The tool in this process, which spares seconds of imports."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "tools" / "benchmark"))
    import text as module

    def call(*arguments):
        out = f"--out={tmp_path / 'out.json'}"
        monkeypatch.setattr(sys, "argv", ["text.py", "--repeats=1", out, *arguments])
        module.main()
        return json.loads((tmp_path / "out.json").read_text())

    return call


def test_costs_and_padding_are_reported(run, capsys):
    result = run(f"--data-root={DATA}", "--captions=40", "--batch-size=8")
    assert result == json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["samples"] == 40 and result["repeats"] == 1
    for step in ("reading", "tagging", "tokenising", "plain_tokenising", "collating"):
        assert result[f"{step}_us"] > 0
    assert result["tag_and_tokenise_us"] >= result["tagging_us"]
    padded = [result[f"padded_per_token_{way}"] for way in ("max_length", "longest_of_batch")]
    assert padded[0] == pytest.approx(64 / result["tokens_per_caption"], rel=0.01)
    assert padded[0] > padded[1] > result["padded_per_token_length_buckets"] >= 1


def test_wrong_arguments_are_told(run, tmp_path):
    with pytest.raises(InputError, match="1 or more"):
        run("--captions=0")
    with pytest.raises(InputError, match="has 48 rows, fewer than --batch-size 128"):
        run(f"--data-root={DATA}")
    with pytest.raises(InputError, match="no/such"):
        run("--data-root=no/such")
