import json
import resource
import shutil
import sys
from functools import partial
from pathlib import Path

import lmdb
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))

from toy_config import run_tool

from plipdet.datasets import PersonDataset
from plipdet.datasets.sources import CuhkPedes, Market1501, SynthPedes
from plipdet.datasets.stores import FileStore, LmdbStore, ShardStore
from plipdet.datasets.stores.lmdb_writer import LmdbWriter
from plipdet.datasets.stores.shard_writer import ShardWriter
from plipdet.datasets.transforms import LoadPersonImage
from plipdet.errors import InputError

ROOT = Path(__file__).parents[2]
SETS = ROOT / "tests/data/minipedes"


@pytest.fixture
def sets(tmp_path):
    shutil.copytree(SETS, tmp_path / "sets", ignore=shutil.ignore_patterns(".plipdet"))
    return tmp_path / "sets"


@pytest.fixture
def pack(run_here):
    return partial(run_here, "tools/data/pack.py")


def pixels(table):
    dataset = PersonDataset(table, [dict(type=LoadPersonImage)])
    return [dataset[i]["img"].tobytes() for i in range(0, len(dataset), 7)]


@pytest.mark.parametrize(
    ("source", "form", "store"),
    [
        (SynthPedes, "lmdb", LmdbStore),
        (SynthPedes, "shards", ShardStore),
        (CuhkPedes, "shards", ShardStore),
        (Market1501, "lmdb", LmdbStore),
    ],
)
def test_a_packed_set_needs_no_files(pack, sets, tmp_path, source, form, store):
    out = tmp_path / "images"
    wanted = source(sets).load()
    rows, pictures = list(wanted), pixels(wanted)
    done = pack(source.name, sets, "--to", form, "--out", out, "--verify")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout.splitlines()[-1])
    assert facts["pictures"] == facts["verified_pictures"] == len({row.image for row in rows})
    assert facts == {"out": str(out), **json.loads((out / "pack.json").read_text())}

    annotation = wanted.root / "synthpedes_dataset.json"
    kept = {p: p.read_bytes() for p in (annotation, wanted.root / "reid_raw.json") if p.is_file()}
    shutil.rmtree(wanted.root)
    for path, data in kept.items():
        path.parent.mkdir()
        path.write_bytes(data)
    table = source(sets, images=dict(type=store, path=out)).load()
    assert list(table) == rows and pixels(table) == pictures


def test_the_store_of_another_set_is_refused(pack, sets, tmp_path):
    assert pack("market1501", sets, "--to", "shards", "--out", tmp_path / "m").returncode == 0
    images = dict(type="ShardStore", path=tmp_path / "m")
    for _ in range(2):  # when the table is built, and when it is there
        with pytest.raises(InputError, match=r"(missing under|does not hold).*m\b"):
            SynthPedes(sets, images=images).load()
        SynthPedes(sets).load()


def test_files_of_another_folder(sets, tmp_path):
    shutil.move(sets / "SYNTH-PEDES/Part1", tmp_path / "moved/Part1")
    with pytest.raises(InputError, match="images are missing under"):
        SynthPedes(sets).load()
    names = [p.name for p in (tmp_path / "moved").iterdir()]
    table = SynthPedes(sets, images=dict(type=FileStore, root=tmp_path / "moved"))
    assert names == ["Part1"] and table.images.has("Part1/1/1.jpg")


def test_nothing_looks_finished_after_a_failure(pack, sets, tmp_path):
    victim = sorted((sets / "SYNTH-PEDES").rglob("*.jpg"))[-1]
    victim.write_bytes(victim.read_bytes()[:300])
    done = pack("SynthPedes", sets, "--to", "lmdb", "--out", tmp_path / "out/images")
    assert done.returncode == 2 and str(victim) in done.stderr
    assert "--keep-unreadable" in done.stderr and "Traceback" not in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("form", ["lmdb", "shards"])
def test_nothing_is_left_where_the_disk_is_full(pack, sets, tmp_path, form):
    SynthPedes(sets).load()  # its table is written
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        done = pack("SynthPedes", sets, "--to", form, "--out", tmp_path / "out/images")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert done.returncode == 2 and "cannot write" in done.stderr and "make room" in done.stderr
    assert "Traceback" not in done.stderr and list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("writer", [LmdbWriter, ShardWriter])
def test_nothing_is_left_after_an_interrupt(pack, sets, tmp_path, monkeypatch, writer):
    def interrupted(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(writer, "close", interrupted)
    form = "lmdb" if writer is LmdbWriter else "shards"
    done = pack("SynthPedes", sets, "--to", form, "--out", tmp_path / "out/images")
    assert done.returncode == 130 and "Traceback" not in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.slow
def test_training_needs_no_files_and_names_what_the_pack_lacks(pack, sets, tmp_path):
    images, victim = tmp_path / "images", "Part2/3/2.jpg"
    assert pack("SynthPedes", sets, "--to", "lmdb", "--out", images).returncode == 0
    environment = lmdb.open(str(images), map_size=1 << 22, lock=False)
    with environment.begin(write=True) as transaction:
        assert transaction.delete(victim.encode())
    environment.close()
    for folder in (sets / "SYNTH-PEDES").glob("Part*"):
        shutil.rmtree(folder)
    source = "train_dataloader.dataset.source"
    options = (
        f"{source}.root={sets}", f"{source}.images.type=LmdbStore",
        f"{source}.images.path={images}", "train_dataloader.batch_size=16",
        "train_cfg.max_epochs=1", "model.image_encoder.backbone.stem_width=8",
        "model.image_encoder.backbone.stage_blocks=[1,1,1,1]",
        "model.heads.colorization.channels=4", "default_hooks.checkpoint=None",
    )  # fmt: skip
    config = ROOT / "configs/plip/pretrain_mini.py"
    done = run_tool(
        "tools/train.py", config, "--work-dir", tmp_path / "w", "--cfg-options", *options
    )
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "w/unreadable_images.txt").read_text().splitlines()
    assert [json.loads(line)["image"] for line in lines] == [victim]
    assert f"no image {victim} of {images}" in lines[0]


def test_verification_finds_a_changed_byte(pack, sets, tmp_path):
    out = tmp_path / "images"
    assert pack("SynthPedes", sets, "--to", "shards", "--out", out).returncode == 0
    name = "Part1/1/1.jpg"
    shard, data = out / "shard-00000.tar", ShardStore(out).read("Part1/1/1.jpg")
    packed = bytearray(shard.read_bytes())
    packed[packed.index(data) + len(data) // 2] ^= 1
    shard.write_bytes(packed)
    done = pack("SynthPedes", sets, "--to", "shards", "--out", out, "--verify-only")
    assert done.returncode == 1 and f"pictures differ: {name};" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["SynthPede", "."], "did you mean 'SynthPedes'"),
        (["SynthPedes", "none"], "found no SYNTH-PEDES"),
        (["SynthPedes", ".", "--workers", "0"], "--workers 0"),
        (["SynthPedes", ".", "--shard-size", "0"], "--shard-size 0"),
    ],
)
def test_wrong_input(pack, tmp_path, arguments, says):
    done = pack(*arguments, "--to", "lmdb", "--out", tmp_path / "images")
    assert done.returncode == 2 and says in done.stderr and "Traceback" not in done.stderr
