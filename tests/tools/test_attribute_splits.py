"""A pickle with the structure of the published ones becomes a split file that a source takes."""

import json
import pickle
import sys
import types

import numpy as np
import pytest

from plipdet.datasets.sources import Peta

TOOL = "tools/converters/attribute_splits.py"


@pytest.fixture
def easy_dict():
    """EasyDict as its package defines it: a dictionary whose entries are attributes, too."""

    class EasyDict(dict):
        def __setattr__(self, name, value):
            super().__setattr__(name, value)
            super().__setitem__(name, value)

    EasyDict.__module__, EasyDict.__qualname__ = "easydict", "EasyDict"
    sys.modules["easydict"] = types.SimpleNamespace(EasyDict=EasyDict)
    yield EasyDict
    del sys.modules["easydict"]


def description(easy_dict, names, attributes):
    """What public code pickles of PETA, zero-shot: columns are reordered, some not evaluated."""
    found = easy_dict()
    found.description, found.reorder, found.root = "peta", "group_order", "/data/PETA/images"
    found.image_name = [np.str_(name) for name in names]
    found.label = np.zeros((len(names), len(attributes)), np.uint8)
    found.attr_name = [np.str_(name) for name in attributes]
    found.label_idx = easy_dict()
    found.label_idx.eval, found.label_idx.color = [2, 0], [3]
    found.label_idx.extra = range(1, 2)
    found.partition = easy_dict()
    found.partition.train, found.partition.val = np.array([0, 3]), np.array([1])
    found.partition.test, found.partition.trainval = np.array([2]), np.array([0, 3, 1])
    found.weight_train = [np.zeros(len(attributes), np.float32)]
    return found


@pytest.fixture
def source(tmp_path, easy_dict):
    names = [f"{n:05d}.png" for n in range(1, 5)]
    attributes = ["personalMale", "hairLong", "accessoryHat", "upperBodyRed"]

    def write(**changes):
        content = description(easy_dict, names, attributes)
        for name, value in changes.items():
            setattr(content, name, value)
        (tmp_path / "in.pkl").write_bytes(pickle.dumps(content))
        return tmp_path / "in.pkl"

    return write


def test_a_published_pickle_becomes_a_split_file(run_here, source, tmp_path, minipedes_layouts):
    done = run_here(TOOL, source(), tmp_path / "zs.json")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "zs.json").read_text()) == {
        "train": ["00001.png", "00004.png"],
        "val": ["00002.png"],
        "test": ["00003.png"],
        "attributes": ["accessoryHat", "personalMale"],
    }
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["train"] == 2 and told["attributes"] == 2
    table = Peta(minipedes_layouts, split_file=tmp_path / "zs.json").load()
    assert table.attribute_names == ("accessoryHat", "personalMale")
    assert [row.split for row in table] == ["train", "train", "val", "test"]


def test_one_of_several_partitions_without_validation(run_here, source, tmp_path):
    parts = {"trainval": [np.array([0]), np.array([1, 2])], "test": [np.array([3])] * 2}
    path = source(partition=parts, label_idx={})
    assert run_here(TOOL, path, tmp_path / "a.json", "--partition", 1).returncode == 0
    written = json.loads((tmp_path / "a.json").read_text())
    assert written["train"] == ["00002.png", "00003.png"] and len(written["attributes"]) == 4
    done = run_here(TOOL, path, tmp_path / "b.json", "--partition", 2)
    assert done.returncode == 2 and "has 2 partitions; there is no 2" in done.stderr


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (dict(partition={"train": [9]}), "has indices from 9 to 9; there are 4 things"),
        (dict(partition={"train": ["a"]}), "partition.train holds something else than indices"),
        (dict(partition={"test": [0]}), "has no 'trainval'"),
        (dict(partition=3), "has no 'trainval'; it has int"),
        (dict(image_name=[1]), "image_name is no list of texts"),
        (dict(attr_name=None), "attr_name is no list of texts"),
        (dict(label_idx={"eval": [7]}), "label_idx.eval has indices from 7 to 7"),
        (dict(root=print), "asks for builtins.print"),
    ],
)
def test_pickles_of_other_things(run_here, source, tmp_path, changes, says):
    done = run_here(TOOL, source(**changes), tmp_path / "zs.json")
    assert done.returncode == 2 and says in done.stderr, done.stderr
    assert not (tmp_path / "zs.json").exists()


def test_a_pickle_of_a_list_and_a_wrong_target(run_here, source, tmp_path):
    (tmp_path / "list.pkl").write_bytes(pickle.dumps([1]))
    done = run_here(TOOL, tmp_path / "list.pkl", tmp_path / "zs.json")
    assert done.returncode == 2 and "has no 'image_name'; it has list" in done.stderr
    done = run_here(TOOL, source(), tmp_path / "zs.pkl")
    assert done.returncode == 2 and "expected a name that ends in .json" in done.stderr
