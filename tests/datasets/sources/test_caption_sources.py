"""The benchmarks of text-based person search that share their records' form."""

import json

import pytest

from plipdet.datasets.sources import CuhkPedes, IcfgPedes, RstpReid, UFine6926
from plipdet.errors import InputError


def record(n, **changes):
    fields = {
        "split": ("train", "test")[n % 2],
        "captions": ["One man."],
        "file_path": f"train/{n:04d}/{n:04d}_000_01.jpg",
        "id": n,
        **changes,
    }
    return {key: value for key, value in fields.items() if value is not ...}


def rstp(n, **changes):
    return record(n, **{"file_path": ..., "img_path": f"{n:04d}_c1_0001.jpg", **changes})


@pytest.fixture
def write(tmp_path, save_image):
    def write_folder(folder, name, records, images="imgs"):
        for n, fields in enumerate(records):
            path = fields.get("file_path") or fields.get("img_path")
            if path:
                save_image(tmp_path / folder / images / path, seed=n)
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / name).write_text(json.dumps(records))
        return tmp_path

    return write_folder


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("ICFG-PEDES", "ICFG-PEDES.json"),
        ("ICFG-PEDES", "ICFG_PEDES.json"),
        ("ICFG_PEDES", "ICFG_PEDES.json"),
        ("icfgpedes/ICFG_PEDES", "ICFG_PEDES.json"),
        (".", "ICFG-PEDES.json"),
    ],
)
def test_icfg_pedes_takes_the_split_from_its_records_alone(write, folder, name):
    root = write(folder, name, [record(n) for n in range(4)])
    table = IcfgPedes(root).load()
    assert [row.split for row in table] == ["train", "test"] * 2
    assert [row.person_id for row in table] == [0, 1, 2, 3]
    assert table[1].image == "imgs/train/0001/0001_000_01.jpg" and table[1].captions == ["One man."]
    assert (table.root / table[1].image).is_file() and table[1].camera_id is None


def test_rstp_reid_has_its_own_key_and_converted_files_the_others(write):
    root = write("RSTPReid", "data_captions.json", [rstp(0), record(1), rstp(2, split="val")])
    table = RstpReid(root).load()
    assert [row.image for row in table] == [
        "imgs/0000_c1_0001.jpg",
        "imgs/train/0001/0001_000_01.jpg",
        "imgs/0002_c1_0001.jpg",
    ]
    assert [row.split for row in table] == ["train", "test", "val"]


@pytest.mark.parametrize("folder", ["UFine6926", "UFineBench/UFine6926"])
def test_ufine6926_names_pictures_from_its_folder_on(write, folder):
    records = [record(n, file_path=f"images/{n}.jpg") for n in range(2)]
    table = UFine6926(write(folder, "UFine6926_Annotations.json", records, images="")).load()
    assert table[0].image == "images/0.jpg" and (table.root / "images/0.jpg").is_file()


@pytest.mark.parametrize(
    ("source", "folder", "name", "wrong", "says"),
    [
        (IcfgPedes, "ICFG-PEDES", "ICFG-PEDES.json", record(1, id="1"), "'id' = \"1\"; expected"),
        (IcfgPedes, "ICFG-PEDES", "ICFG-PEDES.json", record(1, split="trian"), "mean 'train'"),
        (IcfgPedes, "ICFG-PEDES", "ICFG-PEDES.json", record(1, split=...), "no 'split'; use"),
        (IcfgPedes, "ICFG-PEDES", "ICFG-PEDES.json", record(1, captions=[]), "no 'captions'"),
        (RstpReid, "RSTPReid", "data_captions.json", rstp(1, img_path=...), "has no 'img_path'"),
    ],
)
def test_wrong_records(write, source, folder, name, wrong, says):
    right = rstp(0) if source is RstpReid else record(0)
    with pytest.raises(InputError, match=f"{name}: record 1 .*{says}"):
        source(write(folder, name, [right, wrong])).load()


@pytest.mark.parametrize("source", [IcfgPedes, RstpReid, UFine6926])
def test_the_layout_is_drawn_where_there_is_none(tmp_path, source):
    with pytest.raises(InputError, match=rf"(?s){source.__name__} found no.*\.json"):
        source(tmp_path).load()


def test_cuhk_pedes_without_splits_needs_a_word(write):
    ids = {"train": 11_003, "val": 12_003, "test": 12_004}
    records = [record(n, id=i, split=...) for n, i in enumerate(ids.values())]
    root = write("CUHK-PEDES", "caption_all.json", records)
    with pytest.raises(InputError, match=r"record 0 .*split_by_id=True"):
        CuhkPedes(root).load()
    table = CuhkPedes(root, split_by_id=True).load()
    assert [row.split for row in table] == list(ids)
    write("CUHK-PEDES", "caption_all.json", [record(0, id=0, split=...)])
    with pytest.raises(InputError, match="'id' = 0; the release has 1 to 13003"):
        CuhkPedes(root, split_by_id=True).load()
