import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))

from toy_config import REPOSITORY, run_tool


def test_list_as_json_has_existing_files_and_summaries():
    found = json.loads(run_tool("tools/list.py", "--json").stdout)
    assert {"MODELS", "TASKS", "SOURCES", "HOOKS", "OPTIM_WRAPPERS"} <= set(found)
    names = {entry["name"] for entry in found["MODELS"]}
    assert {"PLIPResNet", "IdentityContrastHead"} <= names
    for kind, entries in found.items():
        for entry in entries:
            assert entry["summary"], (kind, entry)
            if entry["file"].endswith(".py"):
                assert (REPOSITORY / entry["file"]).is_file()


def test_unknown_kind_is_an_input_error():
    done = run_tool("tools/list.py", "--kind", "hook")
    assert done.returncode == 2 and "did you mean 'HOOKS'" in done.stderr
