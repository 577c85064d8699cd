import os
from pathlib import Path

import pytest
from mmengine.logging import MMLogger

from plipdet.datasets.sources import SynthPedes
from plipdet.structures import IdentityIndex, identity_path


@pytest.fixture
def folder(synth_pedes, synth_record):
    return synth_pedes([synth_record(n) for n in range(8)])


def tables(folder):
    return sorted(path.name for path in (folder / ".plipdet").iterdir())


def cut(content):
    return content[: len(content) // 2]


def flip(content):
    damaged = bytearray(content)
    damaged[-40] ^= 255
    return bytes(damaged)


@pytest.mark.parametrize("damage", [cut, flip, lambda content: b""], ids=["cut", "flip", "empty"])
def test_a_damaged_table_is_named_and_built_again(folder, capsys, damage):
    MMLogger.get_instance(str(folder))  # one that writes to the stream of this test
    first = SynthPedes(folder).load()
    whole = first.path.read_bytes()
    os.unlink(first.path)  # the open table keeps what it has mapped
    first.path.write_bytes(damage(whole))
    again = SynthPedes(folder).load()
    said = "".join(capsys.readouterr())
    assert f"{first.path} is not a whole person table" in said and "building it again" in said
    assert list(again) == list(first) and again.path.read_bytes() == whole
    SynthPedes(folder).load()
    assert "building" not in "".join(capsys.readouterr())


def test_a_table_of_an_older_layout_is_built_again(folder, monkeypatch):
    monkeypatch.setattr("plipdet.structures.person_table._KIND", "person table, layout 1")
    old = SynthPedes(folder).load()
    monkeypatch.undo()
    assert list(SynthPedes(folder).load()) == list(old)


def test_the_identity_index_is_there_after_the_first_start(folder, monkeypatch):
    table = SynthPedes(folder).load()
    assert identity_path(table.path).is_file()
    monkeypatch.setattr(IdentityIndex, "of", None)
    assert SynthPedes(folder).load().identities().counts.tolist() == [2, 2, 2, 2]


def test_old_tables_and_leftovers_go_after_a_build_and_nothing_else(folder):
    old = SynthPedes(folder).load()
    cache = old.path.parent
    kept = ["synth_pedes-notes.arrow", "synth_pedes_two-0123456789abcdef.arrow"]
    for name in kept:
        (cache / name).write_text("")
    os.utime(folder / "synthpedes_dataset.json", (1, 1))
    new = SynthPedes(folder).load()
    names = [new.path.name, identity_path(new.path).name, *kept]
    assert tables(folder) == sorted(names)
    assert [row.image for row in old] == [row.image for row in new], "an open table is no file"


def test_a_table_cut_short_while_it_is_written_never_appears(folder, monkeypatch):
    def failing(self, record):
        if record.number == 5:
            raise KeyboardInterrupt
        return {"image": record.text("file_path")}

    monkeypatch.setattr(SynthPedes, "row", failing)
    with pytest.raises(KeyboardInterrupt):
        SynthPedes(folder).load()
    assert tables(folder) == []


def test_a_second_place_serves_where_the_first_is_read_only(folder, user_cache):
    (folder / ".plipdet").write_text("a file where the cache folder would be")
    path = SynthPedes(folder).load().path
    os.utime(folder / "synthpedes_dataset.json", (1, 1))
    assert Path(SynthPedes(folder).load().path).is_relative_to(user_cache)
    assert not path.exists()


def test_the_bar_counts_the_bytes_of_the_annotation(folder, monkeypatch):
    bars = []

    class Bar:
        def __init__(self, *, total, **options):
            self.total, self.seen = total, 0
            bars.append(self)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def update(self, count):
            self.seen += count

    monkeypatch.setattr("plipdet.datasets.sources.json_source.tqdm", Bar)
    SynthPedes(folder).load()
    size = (folder / "synthpedes_dataset.json").stat().st_size
    assert [(bar.total, bar.seen) for bar in bars] == [(size, size)]
