import pytest

from plipdet.datasets.sources import Market1501
from plipdet.errors import InputError

NAMES = {
    "bounding_box_train": ["0002_c1s1_000451_03.jpg", "0007_c3s3_077419_03.jpg"],
    "query": ["0001_c1s1_001051_00.jpg"],
    "bounding_box_test": [
        "-1_c1s1_000401_03.jpg",
        "0000_c1s1_000151_01.jpg",
        "0001_c2s1_001976_01.jpg",
    ],
}


@pytest.fixture
def write(tmp_path, save_image):
    def write_folder(names=NAMES, folder="Market-1501-v15.09.15"):
        for part, files in names.items():
            for name in files:
                save_image(tmp_path / folder / part / name)
        return tmp_path / folder

    return write_folder


@pytest.mark.parametrize("folder", ["Market-1501-v15.09.15", "Market-1501", "market1501"])
def test_junk_is_dropped_and_distractors_stay(tmp_path, write, folder):
    write(folder=folder)
    table = Market1501(tmp_path).load()
    facts = [(row.split, row.person_id, row.camera_id, row.frame) for row in table]
    assert facts == [
        ("train", 2, 1, 451),
        ("train", 7, 3, 77419),
        ("query", 1, 1, 1051),
        ("gallery", 0, 1, 151),
        ("gallery", 1, 2, 1976),
    ]
    assert table[2].image == "query/0001_c1s1_001051_00.jpg" and table[2].captions is None


def test_cameras_have_as_many_digits_as_they_need(write):
    names = {
        "bounding_box_train": ["0002_c12s1_000451_03.jpg"],
        "query": ["0001_c10_f0044158.jpg"],
        "bounding_box_test": ["0001_c9s2_000001_00.jpg"],
    }
    facts = [(row.person_id, row.camera_id, row.frame) for row in Market1501(write(names)).load()]
    assert facts == [(2, 12, 451), (1, 10, None), (1, 9, 1)]


def test_other_files_are_passed_over_and_other_names_refused(write, save_image):
    folder = write()
    (folder / "query" / "Thumbs.db").write_text("")
    assert len(Market1501(folder).load()) == 5
    for name in ("portrait.jpg", "0001_c9999999999_1.jpg", f"{10**19}_c1s1_1.jpg", "٣_c٣.jpg"):
        path = save_image(folder / "query" / name)
        with pytest.raises(InputError, match=rf"{name} is not named like"):
            Market1501(folder).load()
        path.unlink()


def test_a_new_picture_is_noticed(write, save_image):
    folder = write()
    Market1501(folder).load()
    save_image(folder / "query" / "0001_c3s1_001051_00.jpg")
    assert len(Market1501(folder).load()) == 6


def test_missing_folders(tmp_path, write):
    with pytest.raises(InputError, match=r"bounding_box_train/0002_c1s1_000451_03\.jpg"):
        Market1501(tmp_path).load()
    folder = write({"bounding_box_train": NAMES["bounding_box_train"]})
    with pytest.raises(InputError, match="has no folder 'query'"):
        Market1501(folder).load()
