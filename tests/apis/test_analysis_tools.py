import json
import runpy
import sys
from pathlib import Path

import pytest

from plipdet.visualization import open_picture

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "tools" / "analysis"
SCENES = ROOT / "tests" / "data" / "miniscenes"


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs a tool in this process; returns its exit code, last line of output, and errors."""

    def call(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        code = 0
        try:
            runpy.run_path(str(TOOLS / name), run_name="__main__")
        except SystemExit as error:
            code = error.code
        out, errors = capsys.readouterr()
        return code, json.loads(out.splitlines()[-1]) if code == 0 else None, errors

    return call


@pytest.mark.parametrize("name", ["rank_lists.py", "colorization.py", "attribute_cards.py"])
def test_tools_of_a_model_write_picture_and_json(run, name, text_config, checkpoint, tmp_path):
    out = tmp_path / "picture.png"
    here = ("--workers", 0, "--queries", 4) if name == "rank_lists.py" else ()
    code, result, _ = run(name, text_config, checkpoint, *here, "--out", out)
    assert code == 0
    assert result["picture"] == str(out)
    assert open_picture(out).width > 300
    assert json.loads(out.with_suffix(".json").read_text()) == result


@pytest.mark.parametrize("kind", ["text_config", "image_config"])
def test_pages_for_a_browser(run, kind, checkpoint, tmp_path, request):
    config = request.getfixturevalue(kind)
    here = ("--workers", 0, "--queries", 2)
    out = tmp_path / "new" / "ranks.html"
    code, result, _ = run("rank_lists.py", config, checkpoint, *here, "--out", out)
    assert (code, result["queries"], result["picture"]) == (0, 2, str(out))
    assert out.read_text("utf-8").count("<section") == 2
    out = tmp_path / "failures.html"
    code, result, _ = run("failures.py", config, checkpoint, *here, "--out", out, "--best-rank", 1)
    assert (code, result["queries"], len(result["worst"])) == (0, 8, 2)
    assert out.read_text("utf-8").count("<section") == 2
    assert open_picture(out.with_suffix(".png")).height > 400
    assert json.loads(out.with_suffix(".json").read_text()) == result
    assert {p.name for p in tmp_path.iterdir()} == {
        "new",
        *(f"failures.{e}" for e in ("html", "png", "json")),
    }


@pytest.mark.parametrize("kind", ["text_config", "image_config"])
def test_maps_and_curves(run, kind, checkpoint, tmp_path, request):
    config = request.getfixturevalue(kind)
    here = ("--workers", 0)
    out = tmp_path / "map.html"
    code, result, _ = run("embedding_map.py", config, checkpoint, *here, "--out", out)
    assert (code, result["points"], result["identities"]) == (0, 16, 4)
    assert "const POINTS" in out.read_text("utf-8")
    assert open_picture(result["picture"]).width > 1000
    out = tmp_path / "cmc.png"
    code, result, _ = run("cmc_curves.py", f"a={config}:{checkpoint}", *here, "--out", out)
    assert (code, [c["name"] for c in result["curves"]]) == (0, ["a"])
    again = [f"{config}:{checkpoint}", out.with_suffix(".json"), "--ranks", 3, *here]
    code, result, _ = run("cmc_curves.py", *again, "--out", out)
    names = [f"{config.stem}, epoch_1.pth", "a"]
    assert [(c["name"], c["ranks"]) for c in result["curves"]] == [(n, [1, 2, 3]) for n in names]
    assert result["curves"][0]["rates"] == result["curves"][1]["rates"]


def test_saliency_of_queries_and_of_ones_own(run, text_config, image_config, checkpoint, data_root):
    out = data_root.parent / "saliency.png"
    options = ("--query", 1, 3, "--stage", -2, "--out", out)
    code, result, _ = run("saliency.py", text_config, checkpoint, *options)
    assert (code, len(result["examples"])) == (0, 2)
    assert open_picture(out).width > 300
    image = next(data_root.rglob("test_query/*.jpg"))
    own = ("--sentence", "a red shirt", "--image", image, "--out", out)
    code, result, _ = run("saliency.py", text_config, checkpoint, *own)
    assert [word for word, _ in result["examples"][0]["words"]] == ["red", "shirt"]
    for config, wrong, message in (
        (text_config, ("--query", 99), "there is no query 99"),
        (text_config, ("--sentence", "red"), "go together"),
        (text_config, ("--sentence", "red", "--image", data_root), "director"),
        (image_config, ("--query", 1), "queries are pictures"),
        (image_config, own[:4], "reads no sentences"),
    ):
        code, _, errors = run("saliency.py", config, checkpoint, *wrong, "--out", out)
        assert (code, message in errors, errors.count("\n")) == (2, True, 1), errors


@pytest.mark.parametrize("name", ["rank_lists.py", "failures.py"])
@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("page.jpg", "name a file that ends in"),
        (".", "name a file that ends in"),
        ("folder.html", "is a folder"),
        ("file/page.html", "cannot be written"),
    ],
)
def test_out_is_tried_before_the_model_is_read(run, name, text_config, tmp_path, out, message):
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "file").touch()
    code, _, errors = run(name, text_config, "no_such.pth", "--out", tmp_path / out)
    assert code == 2
    assert message in errors
    assert "no_such.pth" not in errors


def test_contact_sheet_and_baseline(run, data_root, tmp_path):
    out = tmp_path / "sheet.png"
    code, result, _ = run("contact_sheet.py", "CuhkPedes", data_root, "--out", out)
    assert (code, result["pictures"]) == (0, 8)
    out = tmp_path / "baseline.json"
    code, result, _ = run("histogram_baseline.py", data_root, "--out", out)
    assert (code, result["rank1"]) == (0, 100)
    assert result["protocol"]["camera_rule"] == "same identity and camera left out"


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("rank_lists.py", "--queries"),
        ("failures.py", "--queries"),
        ("saliency.py", "--count"),
        ("colorization.py", "--count"),
        ("attribute_cards.py", "--hidden"),
    ],
)
def test_nothing_to_draw_is_refused(run, name, option, text_config, checkpoint):
    code, _, errors = run(name, text_config, checkpoint, option, 0)
    assert code == 2
    assert "expected 1 or more" in errors


def test_whole_scenes_have_a_sheet_and_no_saliency(run, tmp_path):
    out = tmp_path / "sheet.png"
    code, result, _ = run("contact_sheet.py", "Prw", SCENES, "--split", "test", "--out", out)
    assert (code, result["picture"]) == (0, str(out)) and result["pictures"] > 8
    config = ROOT / "configs/person_search/seqnet_mini.py"
    here = ("--data-root", SCENES, "--out", out)
    code, _, errors = run("saliency.py", config, "x.pth", *here)
    assert code == 2 and errors.count("\n") == 1
    assert "whole scenes" in errors


def test_report(run, tmp_path):
    (tmp_path / "report.json").write_text(json.dumps({"minutes": 2.0}))
    code, result, _ = run("report.py", tmp_path)
    assert code == 0
    assert "2.0 min" in Path(result["report"]).read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["contact_sheet.py", "Market15", "."], "did you mean 'Market1501'"),
        (["contact_sheet.py", "Market1501", "no_such_folder"], "render_minipedes.py"),
        (["histogram_baseline.py", "no_such_folder"], "render_minipedes.py"),
        (["rank_lists.py", "no_such_config.py", "x.pth"], "no config no_such_config.py"),
        (["embedding_map.py", "no_such_config.py", "x.pth"], "no config no_such_config.py"),
        (["saliency.py", "no_such_config.py", "x.pth"], "no config no_such_config.py"),
        (["cmc_curves.py", "no_such.json"], "no file of results 'no_such.json'"),
        (["cmc_curves.py", "no_such.json", "--ranks", "0"], "expected 1 or more"),
        (["failures.py", "no_such_config.py", "x.pth"], "no config no_such_config.py"),
        (["colorization.py", "no_such_config.py", "x.pth"], "no config no_such_config.py"),
        (["attribute_cards.py", "no_such_config.py", "x.pth"], "no config no_such_config.py"),
        (["report.py", "no_such_folder"], "quickstart.py writes it"),
    ],
)
def test_wrong_input_is_one_message_and_code_2(run, arguments, message):
    code, _, errors = run(*arguments)
    assert code == 2
    assert message in errors
    assert "Traceback" not in errors
