import json
import shutil
from pathlib import Path

import pytest

from plipdet.datasets.sources import SynthPedes

SYNTH = Path(__file__).parents[1] / "data" / "minipedes" / "SYNTH-PEDES"
TOOL = "tools/data/phrases_to_attributes.py"


@pytest.fixture
def root(tmp_path):
    shutil.copytree(SYNTH, tmp_path / "SYNTH-PEDES", ignore=shutil.ignore_patterns(".plipdet"))
    return tmp_path


def test_labels_are_written_beside_the_annotation(run_here, root):
    done = run_here(TOOL, root)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert json.loads((root / "SYNTH-PEDES/synthpedes_attributes.json").read_text()) == result
    table = SynthPedes(root, label_file="synthpedes_attributes.npz").load()
    assert list(table.attribute_names) == list(result["shares"])
    assert result["attributes"] == len(table.attribute_names) > 20
    at = table.attribute_names.index("female")
    told = [row.attribute_labels[at] for row in table]
    genders = [row.attribute_phrases[0] for row in table]
    for label, word in zip(told, genders, strict=True):
        assert (label == 1) == (word in ("woman", "lady", "female", "girl"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--min-share", "0.5"], "--min-share 0.5"),
        (["--name", "a/b.npz"], "no path"),
        (["--name", "labels.json"], "name of a .npz file"),
    ],
)
def test_wrong_options_are_refused(run_here, root, arguments, says):
    done = run_here(TOOL, root, *arguments)
    assert done.returncode == 2 and says in done.stderr


def test_a_folder_without_the_set_is_refused(run_here, tmp_path):
    done = run_here(TOOL, tmp_path)
    assert done.returncode == 2 and "found no SYNTH-PEDES" in done.stderr
