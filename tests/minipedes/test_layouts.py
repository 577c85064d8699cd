"""Every layout of the tiny set, read by the reader of the public set."""

import json
from collections import defaultdict

import h5py
import pytest
from scipy.io import loadmat

from plipdet.datasets.sources import (
    Cuhk03,
    CuhkPedes,
    DukeMtmcReid,
    IcfgPedes,
    Market1501,
    Market1501Attributes,
    Msmt17,
    OccludedDuke,
    Pa100k,
    Peta,
    RapV1,
    RapV2,
    RstpReid,
    SynthPedes,
    UFine6926,
)
from plipdet.errors import InputError
from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.layouts import LAYOUTS, chosen_layouts
from plipdet.minipedes.exporters.msmt17 import export_msmt17_v1

SOURCES = {
    "synth-pedes": SynthPedes,
    "cuhk-pedes": CuhkPedes,
    "icfg-pedes": IcfgPedes,
    "rstp-reid": RstpReid,
    "ufine6926": UFine6926,
    "market-1501": Market1501,
    "msmt17": Msmt17,
    "duke-mtmc-reid": DukeMtmcReid,
    "occluded-duke": OccludedDuke,
    "pa-100k": Pa100k,
    "peta": Peta,
    "rap-v1": RapV1,
    "rap-v2": RapV2,
    "market-1501-attributes": Market1501Attributes,
    "cuhk03": Cuhk03,
    "msmt17-v2": Msmt17,
    "msmt17-mirror": Msmt17,
}
TRAIN, TEST = 12, 8  # people; 4 pictures each by 2 cameras
IMAGE_SETS = {"train": TRAIN * 4, "query": TEST * 2, "gallery": TEST * 2}
COUNTS = {
    "icfg-pedes": {"train": 48, "test": 32},
    "rstp-reid": {"train": 48, "val": 16, "test": 32},
    "ufine6926": {"train": 48, "test": 32},
    "msmt17": {**IMAGE_SETS, "train": 36, "val": 12},
    "msmt17-v2": {**IMAGE_SETS, "train": 36, "val": 12},
    "msmt17-mirror": IMAGE_SETS,
    "duke-mtmc-reid": {**IMAGE_SETS, "gallery": 17},
    "occluded-duke": {**IMAGE_SETS, "gallery": 17},
    "cuhk03": IMAGE_SETS,
}


@pytest.fixture(autouse=True)
def user_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def table(minipedes_layouts, name, **options):
    nested = minipedes_layouts / name
    return SOURCES[name](nested if nested.is_dir() else minipedes_layouts, **options).load()


@pytest.mark.parametrize("name", COUNTS)
def test_the_reader_reads_it_and_keeps_people_apart(minipedes_layouts, name):
    counts, people, cameras = defaultdict(int), defaultdict(set), defaultdict(set)
    for row in (found := table(minipedes_layouts, name)):
        counts[row.split] += 1
        people[row.split].add(row.person_id)
        cameras[row.split, row.person_id].add(row.camera_id)
        assert found.images is None or found.images.has(row.image)
    assert counts == COUNTS[name]
    tested = people["test"] | people["query"] | people["gallery"]
    assert len(people["train"]) == TRAIN and not people["train"] & tested
    if not people["test"]:
        assert len(people["query"]) == TEST and people["query"] <= people["gallery"]
        for person in people["query"]:
            assert cameras["query", person] & cameras["gallery", person]
            assert len(cameras["gallery", person]) == 2


def test_all_layouts_have_a_reader_and_all_means_links():
    assert list(SOURCES) == list(LAYOUTS)
    everything = chosen_layouts(["all"])
    assert everything == [*LAYOUTS][:14]
    assert chosen_layouts(["cuhk03", "all", "cuhk03"]) == [*everything, "cuhk03"]
    with pytest.raises(InputError, match="'msmt'; did you mean 'msmt17'"):
        chosen_layouts(["msmt"])


def test_captions_and_keys_are_those_of_the_releases(minipedes_layouts):
    cuhk = json.loads((minipedes_layouts / "CUHK-PEDES/reid_raw.json").read_text())
    icfg = json.loads((minipedes_layouts / "ICFG-PEDES/ICFG-PEDES.json").read_text())
    rstp = json.loads((minipedes_layouts / "RSTPReid/data_captions.json").read_text())
    assert set(icfg[0]) == {"split", "captions", "file_path", "id"}
    assert set(rstp[0]) == {"split", "captions", "img_path", "id"}
    assert icfg[0]["captions"] == cuhk[0]["captions"][:1] and icfg[0]["id"] == 0
    assert rstp[5]["captions"] == cuhk[5]["captions"] and rstp[5]["id"] == 1
    folders = {(entry["file_path"].split("/")[0], entry["split"]) for entry in icfg}
    assert len(folders) == 4, "the folder says nothing of the split"


def test_pictures_are_links_but_those_of_cuhk03(minipedes_layouts):
    for name in ("icfg-pedes", "rstp-reid", "ufine6926", "msmt17", "duke-mtmc-reid"):
        rows = table(minipedes_layouts, name)
        assert (rows.root / rows[0].image).stat().st_nlink > 3


def test_cuhk03_is_stored_as_matlab_does(minipedes_layouts):
    folder = minipedes_layouts / "cuhk03"
    with h5py.File(folder / "cuhk03_release/cuhk-03.mat") as file:
        pair = file[file["labeled"][0, 0]]
        assert file["labeled"].shape == (1, 5) and pair.shape == (10, 4)
        assert file[pair[0, 0]].shape == (3, 64, 128) and file[pair[4, 0]].shape == (2,)
        closer = file[file[file["detected"][0, 0]][0, 0]].shape
        assert closer[1] <= 64 and closer[2] <= 128 and closer != (3, 64, 128)
    protocol = loadmat(folder / "cuhk03_new_protocol_config_labeled.mat")
    assert protocol["filelist"][0, 0][0] == "1_001_1_01.png"
    assert protocol["train_idx"].min() == 1 and len(protocol["labels"]) == 80


def test_two_kinds_of_boxes_show_the_same_people(minipedes_layouts):
    found, drawn = (table(minipedes_layouts, "cuhk03", detected=d) for d in (True, False))
    assert [row.person_id for row in found] == [row.person_id for row in drawn]
    assert found[0].image == "images_detected/1_001_1_01.png"
    assert found.images.read(found[0].image) != drawn.images.read(drawn[0].image)


def test_msmt17_of_two_pictures_a_person_has_a_val_list(tmp_path):
    records = []
    for person in range(1, 5):
        for n in range(2):
            path = tmp_path / f"{person}-{n}.jpg"
            path.write_bytes(b"")
            split = "train" if person < 3 else "test"
            records.append(CropRecord(path, person, 1 + n, n, split, ("A man.",), (), (None,) * 6))
    folder = export_msmt17_v1(records, tmp_path / "out")
    sizes = {p.stem: len(p.read_text().splitlines()) for p in folder.glob("*.txt")}
    assert sizes == {"list_train": 3, "list_val": 1, "list_query": 2, "list_gallery": 2}
