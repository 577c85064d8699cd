import json

import pytest

from plipdet.datasets.sources import CuhkPedes
from plipdet.errors import InputError


def record(n, **changes):
    fields = {
        "split": ("train", "val", "test")[n % 3],
        "captions": ["One.", "Two."],
        "file_path": f"CUHK01/{n}.png",
        "processed_tokens": [["one"], ["two"]],
        "id": n + 1,
    }
    fields.update(changes)
    return {key: value for key, value in fields.items() if value is not ...}


@pytest.fixture
def write(tmp_path, save_image):
    def write_folder(records, name="reid_raw.json"):
        folder = tmp_path / "CUHK-PEDES"
        for n, fields in enumerate(records):
            save_image(folder / "imgs" / fields["file_path"], seed=n)
        (folder / name).write_text(json.dumps(records))

    return write_folder


@pytest.mark.parametrize("name", ["reid_raw.json", "caption_all.json"])
def test_rows(tmp_path, write, name):
    write([record(n) for n in range(6)], name)
    table = CuhkPedes(tmp_path).load()
    assert [row.split for row in table] == ["train", "val", "test"] * 2
    assert [row.person_id for row in table] == [1, 2, 3, 4, 5, 6]
    assert table[1].image == "imgs/CUHK01/1.png" and table[1].captions == ["One.", "Two."]
    assert (table.root / table[1].image).is_file()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"split": ...}, "record 1 .* has no 'split'; use the release's reid_raw.json"),
        ({"split": "tests"}, "split 'tests'; did you mean 'test'"),
        ({"split": 3}, "split = 3; expected a string"),
        ({"captions": [None]}, "expected a string"),
    ],
)
def test_wrong_records(tmp_path, write, changes, says):
    write([record(0), record(1, **changes)])
    with pytest.raises(InputError, match=says):
        CuhkPedes(tmp_path).load()
