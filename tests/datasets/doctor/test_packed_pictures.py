"""The doctor where the pictures are in an LMDB or in shards, and no longer in files."""

import json
import os
import shutil

import pytest

from plipdet.datasets.doctor import examine
from plipdet.datasets.packing import picture_names
from plipdet.datasets.sources import CuhkPedes, Market1501, SynthPedes
from plipdet.datasets.stores import FileStore, open_packed
from plipdet.datasets.stores.lmdb_writer import LmdbWriter
from plipdet.datasets.stores.shard_writer import ShardWriter
from plipdet.errors import InputError

WRITERS = {"lmdb": LmdbWriter, "shards": ShardWriter}


@pytest.fixture
def pack(root, tmp_path):
    """Moves the pictures of a set into a packed store; ``change`` maps (name, data) to data."""

    def make(source, form="shards", change=lambda name, data: data):
        table = source(root).load()
        files, out = FileStore(table.root), tmp_path / "packed"
        out.mkdir()
        writer = WRITERS[form](out)
        for name in picture_names(table).to_pylist():
            data = change(name, files.read(name))
            if data is not None:
                writer.add(name, data)
        writer.close()
        shutil.rmtree(table.root / ".plipdet")  # of Market-1501's files, junk included
        for path in table.root.rglob("*.jpg"):
            path.unlink()
        for folder, inner, held in os.walk(table.root, topdown=False):
            if not inner and not held:
                os.rmdir(folder)
        return source(root, images=open_packed(out))

    return make


def found(source):
    return {f.kind.code: f.count for f in examine(source).log.findings()}


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("source", [SynthPedes, CuhkPedes, Market1501])
def test_a_packed_set_is_clean(pack, source, form):
    packed = pack(source, form)
    counted = examine(packed).counted
    assert found(packed) == {}
    assert counted["decoded"] == counted["images"] == sum(1 for _ in packed.images.names()) > 40


def test_what_the_pack_lacks_or_has_broken_is_found(pack):
    gone, cut, empty = "Part1/1/1.jpg", "Part2/3/2.jpg", "Part3/4/1.jpg"

    def change(name, data):
        return {gone: None, cut: data[:700], empty: b""}.get(name, data)

    examination = examine(pack(SynthPedes, "lmdb", change))
    examples = {f.kind.code: f.examples[0]["file"] for f in examination.log.findings()}
    assert examples == {"missing-image": gone, "image-cut-short": cut, "empty-image": empty}


def test_pictures_that_no_record_names(pack, root):
    packed = pack(SynthPedes)
    annotation = root / "SYNTH-PEDES/synthpedes_dataset.json"
    records = json.loads(annotation.read_text())
    annotation.write_text(json.dumps(records[1:]))
    assert found(packed)["extra-picture"] == 1


def test_parts_without_a_picture(pack):
    packed = pack(Market1501, change=lambda name, data: data if "query" not in name else None)
    assert found(packed)["missing-folder"] == 1


def test_a_folder_without_a_pack(tmp_path):
    with pytest.raises(InputError, match=r"neither data\.mdb of an LMDB nor index\.arrow"):
        open_packed(tmp_path)
