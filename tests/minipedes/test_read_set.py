import json
import shutil
from pathlib import Path

import pytest

from plipdet.errors import InputError
from plipdet.minipedes.exporters.layouts import LAYOUTS
from plipdet.minipedes.exporters.read_set import read_set

SET = Path(__file__).parents[1] / "data/minipedes"
NAMES = {
    "synth-pedes": "SYNTH-PEDES",
    "cuhk-pedes": "CUHK-PEDES",
    "market-1501": "Market-1501-v15.09.15",
}


def contents(folder):
    files = (p for p in folder.rglob("*") if p.is_file() and ".plipdet" not in p.parts)
    return {p.relative_to(folder): p.read_bytes() for p in files}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_again_is_what_was_rendered(tmp_path, name):
    _, records = read_set(SET)
    LAYOUTS[name](records, tmp_path)
    assert contents(tmp_path / NAMES[name]) == contents(SET / NAMES[name])


@pytest.fixture
def copy(tmp_path):
    (tmp_path / "set/CUHK-PEDES").mkdir(parents=True)
    shutil.copy(SET / "minipedes.json", tmp_path / "set")
    shutil.copy(SET / "CUHK-PEDES/reid_raw.json", tmp_path / "set/CUHK-PEDES")
    return tmp_path / "set"


def test_without_synth_pedes_there_are_no_phrases(copy):
    marker, records = read_set(copy)
    assert marker["crops"] == len(records) == 96
    assert records[0].phrases == (None,) * 6 and records[0].prompt_captions == ()


def test_what_is_no_rendered_set(tmp_path, copy):
    with pytest.raises(InputError, match=r"no .*minipedes\.json; name a folder that"):
        read_set(tmp_path)
    raw = copy / "CUHK-PEDES/reid_raw.json"
    raw.write_text(json.dumps(json.loads(raw.read_text())[:-1]))
    with pytest.raises(InputError, match=r"has 95 records, .* tells of 96"):
        read_set(copy)
    raw.write_text("[")
    with pytest.raises(InputError, match="is no JSON"):
        read_set(copy)
    raw.unlink()
    with pytest.raises(InputError, match="has no CUHK-PEDES, the layout that holds all"):
        read_set(copy)
    (copy / "minipedes.json").write_text("{}")
    with pytest.raises(InputError, match="does not tell of a rendered set"):
        read_set(copy)
