import json
import re

import pytest
from PIL import Image

from plipdet.errors import InputError
from plipdet.visualization import find_pictures, find_scalars, save_png, write_report

REPORT = {
    "text_to_image": {
        "rank1": 41.25,
        "mAP": 38.0,
        "chance_rank1": 2.0,
        "queries": 80,
        "gallery_images": 40,
        "gallery_ids": 5,
        "protocol": {"seed": 7},
    },
    "image_to_image": {"rank1": 66.0, "mAP": 51.0},
    "histogram_baseline": {"rank1": 21.5, "mAP": 12.5},
    "untrained": {"text_to_image": {"rank1": 3.5}, "image_to_image": {"rank1": 15.0}},
    "minutes": 13.4,
    "steps": {"render": 140.0, "train": 512.0},
    "protocol": {"rules": {"tie_rule": "wrong <before> right"}},
    "commands": ["make quickstart"],
}


@pytest.fixture
def page(tmp_path):
    save_png(Image.new("RGB", (40, 30), (1, 2, 3)), tmp_path / "colorization.png")
    save_png(Image.new("RGB", (40, 30), (1, 2, 3)), tmp_path / "anything_else.png")
    logs = tmp_path / "train" / "2026" / "vis_data"
    logs.mkdir(parents=True)
    lines = [{"loss": 3.0 - n, "iter": n, "step": n} for n in (1, 2)]
    (logs / "scalars.json").write_text("\n".join(map(json.dumps, lines)))
    pictures, scalars = find_pictures(tmp_path), find_scalars(tmp_path)
    assert list(pictures) == ["colorization", "anything_else"]
    return write_report(REPORT, pictures, scalars, tmp_path / "report.html").read_text("utf-8")


def cells(page, task):
    table = page.split(f"<h2>{task}</h2>")[1].split("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table)
    return [re.sub("<[^>]+>", " ", row).split() for row in rows]


def test_results_stand_beside_baselines(page):
    assert cells(page, "Text to image") == [
        ["this", "model", "untrained", "chance"],
        ["rank-1", "41.2", "3.5", "2.0"],
        ["mAP", "38.0", "–", "–"],
    ]
    assert cells(page, "Image to image") == [
        ["this", "model", "untrained", "colour", "histograms"],
        ["rank-1", "66.0", "15.0", "21.5"],
        ["mAP", "51.0", "–", "12.5"],
    ]


def test_the_page_needs_nothing_beside_it(page):
    sources = re.findall(r'(?:src|href)="([^"]{0,30})', page)
    assert len(sources) == 2
    assert all(source.startswith("data:image/webp;base64,") for source in sources)
    assert "http" not in page.replace("http-equiv", "")


def test_curves_pictures_steps_protocol_and_commands_are_there(page):
    assert page.count("<polyline") == 1
    for text in ("Coloured by a sentence", "Anything else", "512 s", "make quickstart"):
        assert text in page
    assert "<dt>rules: tie rule</dt><dd>wrong &lt;before&gt; right</dd>" in page
    assert "<summary>Text to image</summary><dl><dt>seed</dt><dd>7</dd></dl>" in page


def test_a_picture_keeps_the_headline_it_is_given(tmp_path):
    path = save_png(Image.new("RGB", (4, 3)), tmp_path / "colorization.png")
    page = write_report({}, {"My colours": path}, None, tmp_path / "r.html").read_text("utf-8")
    assert "<h2>My colours</h2><p>The model sees the gray picture" in page


def test_what_is_absent_is_left_out(tmp_path):
    page = write_report({"minutes": 1.0}, {}, None, tmp_path / "r.html").read_text("utf-8")
    assert "<table" not in page
    assert "Training" not in page
    assert "1.0 min" in page


def test_a_missing_picture_leaves_no_page(tmp_path):
    with pytest.raises(InputError, match="there is no picture"):
        write_report(REPORT, {"colorization": tmp_path / "x.png"}, None, tmp_path / "r.html")
    assert list(tmp_path.iterdir()) == []
