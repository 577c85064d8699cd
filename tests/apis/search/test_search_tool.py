import json
import runpy
import sys

import pytest
from colour_detector import BLUE, GREEN, RED, ColourDetector, save_picture, save_video, two_walks
from PIL import Image

import plipdet.models
from plipdet.cli import tool

pytest.importorskip("lancedb")


@pytest.fixture
def run(monkeypatch, pytestconfig, text_config, checkpoint, tmp_path, capsys):
    """The tool with the tiny model; returns its exit code, last line and messages."""
    path = pytestconfig.rootpath / "tools/search.py"
    main = tool(runpy.run_path(str(path))["main"])
    monkeypatch.setattr(plipdet.models, "MoveNetDetector", lambda *_, **__: ColourDetector())
    monkeypatch.chdir(tmp_path)

    def call(command, *arguments):
        model = ["--model", checkpoint, "--config", text_config, "--device", "cpu"]
        rest = [] if command == "forget" else model
        monkeypatch.setattr(sys, "argv", ["search.py", command, *map(str, [*arguments, *rest])])
        code = 0
        try:
            main()
        except SystemExit as error:
            code = error.code
        out, err = capsys.readouterr()
        return code, json.loads(out.splitlines()[-1]) if code == 0 else None, err

    return call


@pytest.fixture
def media(tmp_path):
    folder = tmp_path / "media"
    folder.mkdir()
    save_picture(folder / "a.png", (RED, 10), (BLUE, 100))
    save_picture(folder / "b.png", (GREEN, 60))
    (folder / "broken.jpg").write_bytes(b"no picture")
    save_video(folder / "walks.avi", two_walks())
    return folder


def test_index_query_forget(run, media, tmp_path):
    code, result, messages = run("index", "store", media, "--stride", 2, "--camera", "hall")
    assert code == 0
    assert (result["pictures"], result["videos"], result["people_in_store"]) == (2, 1, 6)
    assert list(result["problems"]) == [str(media / "broken.jpg")]
    assert "broken.jpg: " in messages
    assert json.loads((tmp_path / "store/index.json").read_text()) == result

    save_picture(tmp_path / "asked.png", (GREEN, 90))
    (media / "b.png").rename(tmp_path / "moved.png")
    code, result, _ = run("query", "store", "--image", "asked.png", "--limit", 4)
    assert code == 0
    assert [r["rank"] for r in result["results"]] == [1, 2, 3, 4]
    assert result["results"][0]["path"] == str(media / "b.png")
    assert result["box"] == [90, 20, 110, 80]  # who was looked for
    assert result == json.loads((tmp_path / "search.json").read_text())
    with Image.open("search.png") as page:
        assert page.width > 900

    code, result, _ = run("query", "store", "red", "--where", "time > 5", "--out", "late.png")
    assert [round(r["start"]) for r in result["results"]] == [5]
    code, result, _ = run("query", "store", "red", "--where", "camera = none")
    assert (code, result["results"]) == (0, [])

    code, result, _ = run("forget", "store", media / "a.png")
    assert (code, result["files"], result["people"]) == (0, 1, 2)
    code, result, _ = run("index", "store", media / "walks.avi")
    assert (result["unchanged"], result["people_in_store"]) == (1, 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("index", "store", "meda"), "did you mean 'media'"),
        (("index", "media", "media"), "no store and not empty"),
        (("index", "store", "media", "--stride", "0"), "stride is 0"),
        (("index", "store", "media", "--detector", "ssd"), "needs --detector-weights"),
        (("query", "gone", "red"), "there is no store"),
        (("query", "gone"), "either a sentence"),
        (("query", "gone", "red", "--out", "a.txt"), "ends in .png"),
        (("query", "gone", "red", "--box", "1", "2", "3", "4"), "--box is a place in --image"),
        (("query", "gone", "--image", "media/a.png", "--out", "media/a.png"), "picture that asks"),
        (("query", "gone", "red", "--out", "gone/store.png"), "is in the store"),
        (("query", "gone", "red", "--where", "camera = \udcff"), "not UTF-8"),
        (("index", "sto\nre", "media"), "no store may be called by"),
        (("index", "store", ""), "is empty; for the working folder name it '.'"),
        (("forget", "gone", ""), "is empty"),
        (("forget", "gone", "media"), "there is no store"),
    ],
)
def test_wrong_input_is_one_message(run, media, arguments, message):
    code, _, err = run(*arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err


def test_forgets_nothing_unless_all_that_is_named_is_there(run, media):
    run("index", "store", media)
    code, _, err = run("forget", "store", media / "a.png", media / "typo.png")
    assert code == 2 and "nothing of" in err and "typo.png" in err
    code, result, _ = run("index", "store", media)
    assert (result["unchanged"], result["people_in_store"]) == (3, 6)
    code, result, _ = run("forget", "store", "/")
    assert (code, result["files"], result["people"]) == (0, 4, 6)


def test_a_camera_may_be_named_later(run, media):
    run("index", "store", media)
    code, result, _ = run("index", "store", media / "a.png", "--camera", "hall")
    assert (code, result["unchanged"]) == (0, 1)
    code, result, _ = run("query", "store", "red", "--where", "camera = hall")
    assert [r["path"] for r in result["results"]] == [str(media / "a.png")] * 2
    _, _, err = run("index", "store", media, "--label", "a hat")
    assert "3 files were indexed before: their people keep the labels they have" in err


def test_what_could_not_be_read_is_tried_again(run, media):
    _, result, _ = run("index", "store", media)
    assert list(result["problems"]) == [str(media / "broken.jpg")]
    told = result["problems"][str(media / "broken.jpg")]
    assert "cannot be read" in told and "annotation" not in told
    _, result, _ = run("index", "store", media)
    assert (result["unchanged"], result["problems"]) == (3, {str(media / "broken.jpg"): told})


def test_says_when_nobody_is_found(run, tmp_path):
    save_picture(tmp_path / "nobody.png")
    code, result, err = run("index", "store", "nobody.png")
    assert (code, result["people"]) == (0, 0)
    assert "no people were found" in err
    code, _, err = run("forget", "store", "other.png")
    assert code == 2
    assert "nothing of" in err
    code, _, err = run("query", "store", "red", "--where", "camra = a")
    assert code == 2
    assert "did you mean 'camera'" in err
