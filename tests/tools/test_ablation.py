import importlib.util
import json
from argparse import Namespace
from pathlib import Path

import pytest

from plipdet.errors import InputError

TOOL = Path(__file__).parents[2] / "tools" / "analysis" / "ablation.py"


@pytest.fixture(scope="module")
def ablation():
    spec = importlib.util.spec_from_file_location("ablation", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_mean_and_standard_deviation_of_the_sample(ablation):
    runs = {"a": [{"text": {"rank1": v}} for v in (10.0, 20.0, 30.0)]}
    cell = ablation.summarise(runs)["a"]["text/rank1"]
    assert cell == {"mean": 20.0, "std": 10.0, "values": [10.0, 20.0, 30.0]}
    table = ablation.as_markdown(ablation.summarise(runs))
    assert "| a | 20.0 ± 10.0 |" in table


def test_one_seed_has_no_spread(ablation):
    assert ablation.summarise({"a": [{"t": {"m": 1.0}}]})["a"]["t/m"]["std"] == 0.0


def finished(tmp_path, changes):
    folder = tmp_path / "mini_few" / "seed_3"
    folder.mkdir(parents=True)
    settings = {"training": changes, "data_root": "None", "testing": []}
    known = {"settings": settings, "results": {"t": {"rank1": 5.0}}}
    (folder / "results.json").write_text(json.dumps(known))
    return Namespace(
        work_dir=tmp_path, cfg_options=["a=1"], variants={"few": ["b=2"]}, amp=False,
        data_root=None, test_options=[],
    )  # fmt: skip


def test_a_finished_run_is_not_repeated(ablation, tmp_path):
    args = finished(tmp_path, ["a=1", "b=2"])
    row = ablation.Row(Path("configs/mini.py"), "few")
    assert ablation.one_run(row, 3, args, None) == {"t": {"rank1": 5.0}}


def test_results_of_other_settings_are_not_taken_for_these(ablation, tmp_path):
    args = finished(tmp_path, ["a=1", "b=3"])
    with pytest.raises(InputError, match="of other settings"):
        ablation.one_run(ablation.Row(Path("configs/mini.py"), "few"), 3, args, None)


def test_a_metric_that_is_not_measured_is_named(ablation):
    with pytest.raises(InputError, match=r"--metrics rank2: .*did you mean 'rank1'"):
        ablation._chosen({"rank1": 3.0, "protocol": {}}, ["rank2"], Path("t.py"))
