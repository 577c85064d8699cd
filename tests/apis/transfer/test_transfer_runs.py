import json

import pytest

from plipdet.apis.transfer import TransferRuns, as_markdown, transfer_result
from plipdet.errors import InputError
from plipdet.tool_runs import ToolRuns
from plipdet.visualization import transfer_html


class FakeTools(ToolRuns):
    """Answers as the tools do; scores depend on row and seed."""

    def __init__(self, failing=""):
        super().__init__(".")
        self.failing = failing
        self.calls = []

    def run(self, name, config, *arguments, log):
        self.calls.append((name, config, [str(a) for a in arguments]))
        if self.failing and self.failing in str(config):
            raise InputError(f"{name} {config} failed, see {log}: error: no room")
        work = arguments[arguments.index("--work-dir") + 1]
        if name == "train.py":
            work.mkdir(parents=True)
            (work / "iter_2.pth").write_text("weights")
            (work / "last_checkpoint").write_text(str(work / "iter_2.pth"))
            return ""
        seed = arguments[arguments.index("--seed") + 1]
        score = 50.0 + 2 * seed - 20 * ("none" in str(config))
        shared = (
            ["the model was trained on people of the test data"] if "tiny" in str(config) else []
        )
        protocol = {"data": {"items": 3, "fingerprint": "abc"}, "warnings": shared}
        return json.dumps({"rank1": score, "mAP": score / 2, "protocol": protocol})


@pytest.fixture(scope="module")
def plan(checkpoint, plan_of):
    specs = [str(checkpoint), "none"]
    return plan_of(specs, tasks=["image"], sets=["Market-1501"])


def runs_of(plan, tools, folder, **options):
    return TransferRuns(plan, tools, work_dir=folder, seeds=[0, 1], **options)


def test_rows_differ_by_where_they_start(plan, tmp_path):
    tools = FakeTools()
    runs = runs_of(plan, tools, tmp_path, amp=True)
    runs.run()
    trainings = [call for call in tools.calls if call[0] == "train.py"]
    assert len(trainings) == 4
    for _, config, arguments in trainings:
        assert config.is_file() and {"--resume", "--amp"} <= set(arguments)
        start = "--from-scratch" if "none" in str(config) else "--load-from"
        assert start in arguments
    tests = [call for call in tools.calls if call[0] == "test.py" and "zero-shot" in str(call[1])]
    # Weights of a file are the same for all seeds, random ones are not.
    assert sorted("--untrained" in arguments for _, _, arguments in tests) == [False, True, True]
    assert not list(tmp_path.rglob("*.pth"))


def test_weights_are_kept_if_asked(plan, tmp_path):
    runs_of(plan, FakeTools(), tmp_path, keep_weights=True).run()
    assert len(list(tmp_path.rglob("*.pth"))) == 4


def test_the_table(plan, tmp_path):
    runs = runs_of(plan, FakeTools(), tmp_path)
    runs.run()
    result = json.loads(json.dumps(transfer_result(plan, runs, root="data")))
    cell = result["cells"]["tiny"]["image/Market-1501/fine-tune"]
    assert cell["metrics"]["rank1"] == {"mean": 51.0, "std": 1.41, "values": [50.0, 52.0]}
    assert cell["best"] == ["mAP", "rank1"] and cell["seeds"] == [0, 1]
    assert result["cells"]["none"]["image/Market-1501/fine-tune"]["best"] == []
    assert result["columns"][1]["test_data"]["fingerprint"] == "abc"
    assert result["failed"] == 0 and result["protocol"]["seeds"] == [0, 1]
    table = as_markdown(result).splitlines()
    assert table[0].endswith("| image<br>Market-1501<br>fine-tune<br>mAP / R@1 |")
    assert table[2] == "| tiny | **25.0** / **50.0**† | **25.5** ± 0.7 / **51.0** ± 1.4† |"
    assert table[3].startswith("| none | 15.5 ± 0.7 / 31.0 ± 1.4 | ")
    assert "trained on people of the test data" in "\n".join(table)
    page = transfer_html(result)
    assert page.count('class="best"') + page.count('class="first best"') == 4
    assert "<svg" in page and "http" not in page


def test_what_has_finished_is_not_repeated(plan, tmp_path):
    runs_of(plan, FakeTools(), tmp_path).run()
    tools = FakeTools(failing="seed")
    runs = runs_of(plan, tools, tmp_path)
    runs.run()
    assert not tools.calls and transfer_result(plan, runs, root="data")["failed"] == 0


def test_a_failing_run_leaves_the_others(plan, tmp_path):
    tools = FakeTools(failing="tiny/image_Market-1501_fine-tune/seed_1")
    runs = runs_of(plan, tools, tmp_path)
    runs.run()
    result = transfer_result(plan, runs, root="data")
    assert result["failed"] == 1
    cell = result["cells"]["tiny"]["image/Market-1501/fine-tune"]
    assert cell["state"] == "failed" and "no room" in cell["reason"] and ".log" in cell["reason"]
    assert "failed" in as_markdown(result) and "no room" in transfer_html(result)
    tools = FakeTools()
    again = runs_of(plan, tools, tmp_path)
    again.run()
    assert len(tools.calls) == 2  # the training that failed, and its test
    assert transfer_result(plan, again, root="data")["failed"] == 0


def test_before_it_has_run_a_cell_is_open(plan, tmp_path):
    result = transfer_result(plan, runs_of(plan, FakeTools(), tmp_path), root="data")
    states = {cell["state"] for cells in result["cells"].values() for cell in cells.values()}
    assert states == {"not run"}
    assert "…" in as_markdown(result) and transfer_html(result)


def test_other_settings_are_refused_before_anything_runs(plan, checkpoint, plan_of, tmp_path):
    runs_of(plan, FakeTools(), tmp_path).run()
    more = plan_of([str(checkpoint)], tasks=["image"], sets=["Market-1501"], steps=3)
    with pytest.raises(InputError, match="of other settings"):
        runs_of(more, FakeTools(), tmp_path)
