import shutil

import pytest

from plipdet.datasets.sources import Msmt17
from plipdet.datasets.stores import FileStore, ShardStore
from plipdet.datasets.stores.shard_writer import ShardWriter
from plipdet.errors import InputError

LISTS = {
    "train": [
        "0000/0000_000_01_0303morning_0008_1.jpg 0",
        "0002/0002_000_14_0303noon_0010_0.jpg 2",
    ],
    "val": ["0000/0000_001_05_0303morning_0009_1.jpg 0"],
    "query": ["0000/0000_000_02_0303noon_0320_1.jpg 0"],
    "gallery": ["0000/0000_001_09_0303noon_0321_1.jpg 0", "0001/0001_000_15_0303noon_0001_1.jpg 1"],
}
V1, V2 = ("train", "test"), ("mask_train_v2", "mask_test_v2")
MIRROR = {
    "bounding_box_train": ["0000_c1_0002.jpg", "0002_c14_0003.jpg"],
    "query": ["0000_c2_0000.jpg"],
    "bounding_box_test": ["0000_c9_0001.jpg", "0001_c15_0002.jpg"],
}


@pytest.fixture
def write(tmp_path, save_image):
    def write_folder(lists=LISTS, folder="MSMT17_V1", parts=V1):
        for split, lines in lists.items():
            part = parts[split not in ("train", "val")]
            for line in lines:
                save_image(tmp_path / folder / part / line.split(" ")[0])
            (tmp_path / folder / f"list_{split}.txt").write_text("\n".join(lines) + "\n")
        return tmp_path / folder

    return write_folder


@pytest.mark.parametrize(
    ("folder", "parts"), [("MSMT17_V1", V1), ("MSMT17_V2", V2), ("msmt17", V2)]
)
def test_both_versions(tmp_path, write, folder, parts):
    write(folder=folder, parts=parts)
    table = Msmt17(tmp_path).load()
    facts = [(row.split, row.person_id, row.camera_id) for row in table]
    assert facts == [
        ("train", 0, 1),
        ("train", 2, 14),
        ("val", 0, 5),
        ("query", 3, 2),  # 0 of the test is another person than 0 of the training: 0 + 2 + 1
        ("gallery", 3, 9),
        ("gallery", 4, 15),
    ]
    assert table[3].image == f"{parts[1]}/0000/0000_000_02_0303noon_0320_1.jpg"


def test_the_mirror_like_market(tmp_path, save_image):
    for part, names in MIRROR.items():
        for name in names:
            save_image(tmp_path / "MSMT17_V1" / part / name)
    facts = [(row.split, row.person_id, row.camera_id) for row in Msmt17(tmp_path).load()]
    assert facts == [
        ("train", 0, 1),
        ("train", 2, 14),
        ("query", 3, 2),
        ("gallery", 3, 9),
        ("gallery", 4, 15),
    ]


def test_with_packed_pictures_the_lists_are_enough(write):
    folder = write()
    (packed := folder / "packed").mkdir()
    writer = ShardWriter(packed)
    for name in [*FileStore(folder).names()]:
        writer.add(name, (folder / name).read_bytes())
    writer.close()
    shutil.rmtree(folder / "train")
    shutil.rmtree(folder / "test")
    table = Msmt17(folder, images=ShardStore(packed)).load()
    assert len(table) == 6 and table.images.read(table[3].image)


def test_identities_that_are_apart_keep_their_numbers(write):
    apart = {
        **LISTS,
        "query": ["0007/0007_000_02_0303noon_0320_1.jpg 7"],
        "gallery": ["0007/0007_001_09_0303noon_0321_1.jpg 7"],
    }
    assert Msmt17(write(apart)).load()[3].person_id == 7


def test_two_versions_side_by_side_are_not_chosen_from(tmp_path, write):
    write()
    second = write(folder="MSMT17_V2", parts=V2)
    with pytest.raises(InputError, match="holds MSMT17_V1 and MSMT17_V2; name the one"):
        Msmt17(tmp_path).load()
    assert Msmt17(second).load()[0].image.startswith("mask_train_v2/")


def test_a_changed_list_is_read_again(write):
    folder = write()
    Msmt17(folder).load()
    (folder / "list_val.txt").write_text("\n".join(LISTS["val"] * 2) + "\r\n\r\n")
    assert len(Msmt17(folder).load()) == 7


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("0000/0000_000_02_a_1.jpg", r"list_query.txt, line 2: .* is no path and identity"),
        ("0000/0000_000_02_a_1.jpg man", r"is no path and identity"),
        ("0000/0000_000_02_a_1.jpg -1", r"is no path and identity"),
        ("0000/portrait.jpg 0", r"does not tell the camera"),
    ],
)
def test_wrong_lines(write, line, says):
    folder = write()
    with open(folder / "list_query.txt", "a") as file:
        file.write(line)
    with pytest.raises(InputError, match=says):
        Msmt17(folder).load()


def test_wrong_files(tmp_path, write):
    with pytest.raises(InputError, match=r"(?s)found no MSMT17_V1.*list_train\.txt"):
        Msmt17(tmp_path).load()
    folder = write()
    (folder / "list_gallery.txt").unlink()
    with pytest.raises(InputError, match=r"lacks list_gallery\.txt"):
        Msmt17(folder).load()
    (folder / "list_gallery.txt").write_text("\n")
    with pytest.raises(InputError, match=r"list_gallery\.txt names no picture"):
        Msmt17(folder).load()
    (folder / "list_gallery.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is no text"):
        Msmt17(folder).load()
    write()
    (folder / "train" / LISTS["train"][1].split(" ")[0]).unlink()
    with pytest.raises(InputError, match=r"1 of 6 images are missing .*train/0002/0002_000_14"):
        Msmt17(folder).load()
    (folder / "test").rename(folder / "tset")
    with pytest.raises(InputError, match="has no folder test or mask_test_v2"):
        Msmt17(folder).load()
