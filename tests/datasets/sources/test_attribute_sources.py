"""The five sets of attributes, written by hand as their releases have them."""

import json
import re

import numpy as np
import pytest
from mat73 import write_mat73
from scipy.io import savemat

from plipdet.datasets.sources import Market1501Attributes, Pa100k, Peta, RapV1, RapV2
from plipdet.datasets.sources.peta import EVALUATED
from plipdet.errors import InputError


def picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")


def as_cells(value):
    """Return lists as cells and texts within them as MATLAB's arrays, however deep."""
    if isinstance(value, dict):
        return {key: as_cells(item) for key, item in value.items()}
    if isinstance(value, list):
        cells = np.empty((len(value), 1), dtype=object)
        for at, item in enumerate(value):
            cells[at, 0] = as_cells(item)
        return cells
    return value


def write_mat5(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, as_cells(content))


def write_newer(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_mat73(path, content)


@pytest.fixture(params=[write_mat5, write_newer], ids=["version 5", "version 7.3"])
def write(request):
    return request.param


@pytest.fixture
def write5():
    return write_mat5


def column(*numbers):
    return np.array([[float(number)] for number in numbers])


def rows(source):
    return [(r.image, r.split, r.person_id, r.attribute_labels) for r in source.load()]


def changed(content, changes):
    return {k: v for k, v in {**content, **changes}.items() if v is not ...}


# PA-100K

PA100K = {
    "attributes": ["Female", "Hat"],
    "train_images_name": ["000001.jpg", "000002.jpg"],
    "val_images_name": ["000003.jpg"],
    "test_images_name": ["000004.jpg"],
    "train_label": np.array([[1, 0], [0, 0]], np.uint8),
    "val_label": np.array([[0, 1]], np.uint8),
    "test_label": np.array([[1, 1]], np.uint8),
}


def pa100k(tmp_path, write, folder="data", **changes):
    write(tmp_path / "PA-100K/annotation.mat", changed(PA100K, changes))
    for n in range(1, 5):
        picture(tmp_path / f"PA-100K/{folder}/00000{n}.jpg")
    return Pa100k(tmp_path)


@pytest.mark.parametrize("folder", ["data", "release_data", "release_data/release_data"])
def test_pa100k(tmp_path, write, folder):
    source = pa100k(tmp_path, write, folder=folder)
    assert source.load().attribute_names == ("Female", "Hat")
    assert rows(source) == [
        (f"{folder}/000001.jpg", "train", None, [1, 0]),
        (f"{folder}/000002.jpg", "train", None, [0, 0]),
        (f"{folder}/000003.jpg", "val", None, [0, 1]),
        (f"{folder}/000004.jpg", "test", None, [1, 1]),
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (dict(val_label=...), "lacks val_label; did you mean"),
        (dict(val_label=np.ones((1, 3))), "val_label has 3 labels for each of 1 pictures; there"),
        (dict(attributes=["Female"]), "there are 1 names of attributes"),
        (dict(attributes=["Hat", "Hat"]), "has two attributes 'Hat'"),
        (dict(attributes=["Hat", np.ones((2, 2))]), "attributes has an entry 1 .* is no text"),
        (dict(test_label=np.array([[0, 2]])), r"test_label has the label 2 of Hat in row 0 "),
        (dict(test_label=np.array([[0, -1]])), r"test_label has the label -1 of Hat in row 0 "),
        (dict(test_label=np.array([[0, 0.5]])), "test_label holds something else than whole"),
        (dict(test_label="no"), "test_label holds something else than whole"),
        (dict(train_images_name=["000001.jpg"]), "train_label has 2 rows for the 1 pictures"),
        (dict(train_images_name=[]), "train_images_name is empty"),
        (dict(test_images_name=["9.jpg"]), r"1 of 4 images are missing under .*: data/9\.jpg"),
    ],
)
def test_wrong_pa100k(tmp_path, write5, changes, says):
    with pytest.raises(InputError, match=says):
        pa100k(tmp_path, write5, **changes).load()


def test_a_cut_off_annotation(tmp_path, write):
    source = pa100k(tmp_path, write)
    path = tmp_path / "PA-100K/annotation.mat"
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(InputError, match=r"annotation\.mat is damaged, cut short"):
        source.load()


def test_a_changed_annotation_is_read_again(tmp_path, write):
    assert rows(pa100k(tmp_path, write))[3][3] == [1, 1]
    assert rows(pa100k(tmp_path, write, test_label=np.array([[0, 1]])))[3][3] == [0, 1]


# PETA

NAMES = [*EVALUATED, "upperBodyBlack"]
LABELS = np.zeros((4, len(NAMES)))
LABELS[0, 0] = LABELS[3, -1] = LABELS[1, 34] = 1
LEADING = np.array([[1, 7, 1, 7], [2, 7, 1, 7], [3, 9, 1, 9], [4, 12, 2, 1]])
PARTS = [
    {"train": column(1, 3), "val": column(2), "test": column(4)},
    {"train": column(4), "val": column(3), "test": column(1, 2)},
]
PETA = {
    "data": np.hstack([LEADING, LABELS]),
    "attribute": NAMES,
    "selected_attribute": np.arange(5.0, 40.0)[None],
    "partion_attribute": PARTS,
}


def peta(tmp_path, write, changes=(), suffix=".png", **options):
    write(tmp_path / "PETA/PETA.mat", {"peta": changed(PETA, dict(changes))})
    for n in range(1, 5):
        picture(tmp_path / f"PETA/images/0000{n}{suffix}")
    return Peta(tmp_path, **options)


def test_peta_counts_from_1_and_knows_who_is_in_two_splits(tmp_path, write):
    source = peta(tmp_path, write)
    assert source.load().attribute_names == EVALUATED
    found = rows(source)
    assert [row[:3] for row in found] == [
        ("images/00001.png", "train", 7),
        ("images/00003.png", "train", 9),
        ("images/00002.png", "val", 7),
        ("images/00004.png", "test", 12),
    ]
    assert [sum(row[3]) for row in found] == [1, 0, 1, 0]
    assert found[0][3][0] == 1 and found[2][3][34] == 1


def test_partition_and_subset_of_peta_are_tables_of_their_own(tmp_path, write):
    first = peta(tmp_path, write, suffix=".jpg").load()
    other = Peta(tmp_path, partition=1, subset="all").load()
    assert [row.split for row in other] == ["train", "val", "test", "test"]
    assert other[0].image == "images/00004.jpg" and other[0].attribute_labels[-1] == 1
    assert other.attribute_names == tuple(NAMES)
    assert first.path != other.path and first.path.exists() and other.path.exists()


def test_labels_that_are_not_sure(tmp_path, write):
    unsure = PETA["data"].copy()
    unsure[0, 4] = 2
    assert rows(peta(tmp_path, write, {"data": unsure}))[0][3][0] == -1
    assert rows(Peta(tmp_path, unsure="no"))[0][3][0] == 0
    with pytest.raises(InputError, match=r"unsure = 'unknwon'; did you mean 'unknown'\?"):
        Peta(tmp_path, unsure="unknwon")


def test_a_file_without_identities(tmp_path, write):
    assert rows(peta(tmp_path, write, {"data": LABELS}))[0][2] is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"data": PETA["data"][:, :-1]}, "peta.data has 39 columns; there are 36 names"),
        ({"data": PETA["data"] + 3}, r"data has the label 4 of personalLess30 in row 0 "),
        ({"attribute": [*NAMES[1:], "x"]}, "has no attribute 'personalLess30'; did you mean"),
        ({"attribute": ...}, "lacks peta.attribute; did you mean"),
        ({"partion_attribute": []}, "has 0 entries; there is no 0"),
        ({"partion_attribute": PARTS[0]["val"]}, "has an entry 0 .* that is no struct"),
        ({"partion_attribute": [{"train": column(1)}]}, r"lacks peta\.partion_attribute\{1\}\.val"),
        (
            {"partion_attribute": [{**PARTS[0], "val": column(0)}]},
            r"partion_attribute\{1\}\.val has the index 0, its entry 0 .* 4 pictures, counted from",
        ),
        (
            {"partion_attribute": [{**PARTS[0], "test": column(4, 5)}]},
            r"test has the index 5, its entry 1",
        ),
        (
            {"partion_attribute": [{**PARTS[0], "test": column(3)}]},
            "picture 00003 is in test and again in train",
        ),
        (
            {"partion_attribute": [{**PARTS[0], "test": column(4, 4)}]},
            "picture 00004 is in test and again in test",
        ),
        ({"partion_attribute": [{**PARTS[0], "test": "4"}]}, "test holds something else than"),
        ({"partion_attribute": [{**PARTS[0], "test": np.zeros((0, 1))}]}, r"\{1\}\.test is empty"),
    ],
)
def test_wrong_peta(tmp_path, write5, changes, says):
    with pytest.raises(InputError, match=says):
        peta(tmp_path, write5, changes).load()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (dict(partition=-1), "partition = -1; expected 0 to 4"),
        (dict(partition="0"), "partition = '0'; expected 0 to 4"),
        (dict(partition=4), "has 2 entries; there is no 4"),
        (dict(subset=36), "subset = 36 of Peta; expected 35 or 'all'"),
        (dict(split_file="zs.json"), "there is no split file zs.json, neither here"),
    ],
)
def test_options_of_peta_without_meaning(tmp_path, write5, options, says):
    with pytest.raises(InputError, match=says):
        peta(tmp_path, write5, **options).load()


# Split files


def split_file(tmp_path, **content):
    (tmp_path / "zs.json").write_text(json.dumps(content))
    return tmp_path / "zs.json"


def test_a_split_file_names_pictures_places_and_attributes(tmp_path, write):
    names = ["personalMale", "personalLess30"]
    path = split_file(tmp_path, train=["00001.png", 1], test=["images/00004.png"], attributes=names)
    source = peta(tmp_path, write, split_file=path)
    assert source.load().attribute_names == ("personalMale", "personalLess30")
    assert rows(source) == [
        ("images/00001.png", "train", 7, [0, 1]),
        ("images/00002.png", "train", 7, [0, 0]),
        ("images/00004.png", "test", 12, [0, 0]),
    ]
    path.rename(tmp_path / "PETA/zs.json")  # beside the annotation, its name is enough
    assert len(Peta(tmp_path, split_file="zs.json").load()) == 3
    split_file(tmp_path / "PETA", train=["00001.png"])
    assert len(Peta(tmp_path, split_file="zs.json").load()) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (dict(train=["5.png"]), r"zs\.json: train has picture '5\.png', which the annotation"),
        (dict(train=[4]), "train has picture 4; there are 4, counted from 0"),
        (dict(train=[-1]), "train has picture -1"),
        (dict(train=[True]), "train has True; expected names"),
        (dict(train="00001.png"), "train is a str; expected a list"),
        (dict(train=[0], val=[0]), r"zs\.json: picture 00001 is in val and again in train"),
        (dict(train=[]), "names no picture for train, val, test"),
        (dict(trian=[0]), r"has 'trian'; did you mean 'train'\?"),
        (dict(train=[0], attributes=["Hat"]), "has no attribute 'Hat'"),
        (dict(train=[0], attributes=[]), "has attributes that are no list of names"),
    ],
)
def test_wrong_split_files(tmp_path, write5, content, says):
    with pytest.raises(InputError, match=says):
        peta(tmp_path, write5, split_file=split_file(tmp_path, **content)).load()


@pytest.mark.parametrize("content", [b"\x80\x04}.", b"[1]", b'{"train": ['])
def test_split_files_of_other_kinds(tmp_path, write5, content):
    (tmp_path / "zs.json").write_bytes(content)
    with pytest.raises(InputError, match=r"zs\.json (cannot be read as JSON|holds no JSON object)"):
        peta(tmp_path, write5, split_file=tmp_path / "zs.json").load()


# RAP

RAP1 = {
    "partion": [{"train": column(2, 1).T, "test": column(3).T}],
    "label": np.eye(3, 52),
    "attribute_eng": [f"name {n} " for n in range(52)],
    "imagesname": ["a.png", "b.png", "c.png"],
}
RAP2 = {
    "name": ["a.png", "b.png", "c.png"],
    "data": np.array([[640, 0, 1], [480, 1, 0], [0, 2, 1]]),
    "attribute": ["x", "Femal", "hs-Hat"],
    "selected_attribute": np.array([[3.0, 2.0]]),
    "partition_attribute": [
        {"train_index": column(2), "val_index": column(1), "test_index": column(3)}
    ],
    "person_identity": column(5, -1, 5),
}


def rap(reader, tmp_path, write, content, **changes):
    write(tmp_path / "RAP_annotation/RAP_annotation.mat", {"RAP_annotation": content | changes})
    for name in "abc":
        picture(tmp_path / f"RAP_dataset/{name}.png")
    return reader(tmp_path)


def test_rap_v1_has_no_validation_and_evaluates_the_first_51(tmp_path, write):
    unsure = RAP1["label"].copy()
    unsure[1, 0] = 2
    source = rap(RapV1, tmp_path, write, RAP1, label=unsure)
    table = source.load()
    assert table.attribute_names == tuple(f"name {n}" for n in range(51))
    assert [row[:3] for row in rows(source)] == [
        ("RAP_dataset/b.png", "train", None),
        ("RAP_dataset/a.png", "train", None),
        ("RAP_dataset/c.png", "test", None),
    ]
    assert table[0].attribute_labels == [-1, 1, *[0] * 49]
    assert len(RapV1(tmp_path, subset="all").load().attribute_names) == 52
    with pytest.raises(InputError, match="subset = 54 of RapV1; expected 51"):
        RapV1(tmp_path, subset=54)


def test_rap_v2_takes_the_columns_that_the_file_selects(tmp_path, write):
    source = rap(RapV2, tmp_path, write, RAP2)
    assert source.load().attribute_names == ("hs-Hat", "Femal")
    assert rows(source) == [
        ("RAP_dataset/b.png", "train", None, [0, 1]),
        ("RAP_dataset/a.png", "val", 5, [1, 0]),
        ("RAP_dataset/c.png", "test", 5, [1, -1]),
    ]
    assert rows(RapV2(tmp_path, unsure="no"))[2][3] == [1, 0]


@pytest.mark.parametrize(
    ("reader", "content", "changes", "says"),
    [
        (RapV1, RAP1, {"label": np.ones((2, 52))}, "label has 2 rows for 3 pictures"),
        (RapV1, RAP1, {"label": RAP1["label"] + 2}, "label has the label 3 of name 0 in row 0"),
        (RapV1, RAP1, {"attribute_eng": ["x"]}, "there are 1 names of attributes"),
        (RapV1, RAP2, {}, "is of RAP's second version; read it with RapV2"),
        (RapV2, RAP1, {}, "is of RAP's first version; read it with RapV1"),
        (RapV2, RAP2, {"data": np.ones((3, 2))}, "data has 2 columns; there are 3 names"),
        (RapV2, RAP2, {"selected_attribute": column(4)}, "has the index 4, .* 3 attributes"),
        (RapV2, RAP2, {"selected_attribute": column(1)}, "has the label 640 of x in row 0"),
        (RapV2, RAP2, {"person_identity": column(1)}, "person_identity has 1 entries for 3"),
        (RapV2, RAP2, {"imagesname": [], "name": ["a"]}, "data has 3 rows for 1 pictures"),
    ],
)
def test_wrong_rap(tmp_path, write5, reader, content, changes, says):
    with pytest.raises(InputError, match=says):
        rap(reader, tmp_path, write5, content, **changes).load()


# Market-1501

FIELDS = ["gender", "hair", "up", "down", "clothes", "hat", "backpack", "bag", "handbag"]
FIELDS += [f"up{c}" for c in ("black", "white", "red", "purple", "yellow", "gray", "blue", "green")]
FIELDS += [f"down{c}" for c in ("black", "white", "pink", "purple", "yellow", "gray", "blue")]
FIELDS += ["downgreen", "downbrown"]


def people(*identities, **values):
    ones = {field: np.ones((1, len(identities))) for field in FIELDS}
    return {**ones, "age": column(*[3] * len(identities)).T, "image_index": [*identities], **values}


def market(tmp_path, write, place="attribute", **changes):
    folder = tmp_path / "Market-1501-v15.09.15"
    train = people("0002", "0007", gender=column(1, 2).T, age=column(1, 4).T)
    test = people("0001", clothes=column(2))
    content = {"train": train, "test": test} | changes
    write(folder / place / "market_attribute.mat", {"market_attribute": content})
    for name in (
        "bounding_box_train/0002_c1s1_000451_03.jpg",
        "bounding_box_train/0007_c2s1_000451_03.jpg",
        "query/0001_c1s1_001051_00.jpg",
        "bounding_box_test/0000_c1s1_000151_01.jpg",
        "bounding_box_test/0001_c2s1_000151_01.jpg",
        "bounding_box_test/-1_c1s1_000151_01.jpg",
    ):
        picture(folder / name)
    return Market1501Attributes(tmp_path)


@pytest.mark.parametrize("place", [".", "attribute", "Market-1501_Attribute"])
def test_people_of_market_have_attributes_in_all_their_pictures(tmp_path, write, place):
    source = market(tmp_path, write, place=place)
    table = source.load()
    names = table.attribute_names
    yes = [[n for n, v in zip(names, r.attribute_labels, strict=True) if v] for r in table]
    assert len(names) == 30 and set(rows(source)[0][3]) <= {0, 1}
    assert [(r.person_id, r.camera_id, r.split) for r in table] == [
        (2, 1, "train"),
        (7, 2, "train"),
        (1, 1, "test"),
        (1, 2, "test"),
    ]
    assert yes == [["age young"], ["female", "age old"], ["pants", "age adult"], yes[2]]


def test_changed_labels_of_market_are_read_again(tmp_path, write):
    market(tmp_path, write).load()
    other = market(tmp_path, write, test=people("0001", hat=column(2))).load()
    assert other[2].attribute_labels[other.attribute_names.index("hat")] == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (dict(test=people("0009")), "has no labels of identity 1 in test, whom query/0001_c1s1"),
        (dict(test=people("0001", hat=column(0))), r"test\.hat is 0 for identity 1; expected 1 to"),
        (dict(test=people("0001", age=column(5))), r"test\.age is 5 for identity 1; expected 1 to"),
        (dict(test=people("0001", hat=column(1, 2))), r"test\.hat has 2 values for 1 people"),
        (dict(test=people("c1")), r"test\.image_index has 'c1'; expected an identity"),
        (dict(test=np.ones((1, 1))), r"market_attribute\.test is no struct"),
    ],
)
def test_wrong_labels_of_market(tmp_path, write5, changes, says):
    with pytest.raises(InputError, match=says):
        market(tmp_path, write5, **changes).load()


def test_market_without_labels(tmp_path, write5):
    market(tmp_path, write5)
    (tmp_path / "Market-1501-v15.09.15/attribute/market_attribute.mat").unlink()
    with pytest.raises(InputError, match=r"has no market_attribute\.mat, neither beside"):
        Market1501Attributes(tmp_path).load()


@pytest.mark.parametrize("reader", [Pa100k, Peta, RapV1, RapV2, Market1501Attributes])
def test_a_folder_without_the_set_is_told_what_belongs_there(tmp_path, reader):
    with pytest.raises(InputError) as caught:
        reader(tmp_path).load()
    assert re.search(rf"{reader.__name__} found no {reader.folder_names[0]} in", str(caught.value))
    assert reader.layout.strip().splitlines()[0] in str(caught.value)
