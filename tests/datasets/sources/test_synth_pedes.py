import os
from pathlib import Path

import pytest

from plipdet.datasets.sources import SynthPedes
from plipdet.errors import InputError

PHRASES = ["man", "short hair", "white shirt", "black pants", None, "black backpack"]


def test_rows_of_the_published_form(synth_pedes, synth_record):
    folder = synth_pedes([synth_record(n) for n in range(4)])
    table = SynthPedes(folder).load()
    assert len(table) == 4
    row = table[3]
    assert (row.image, row.person_id) == ("Part1/2/2.jpg", 2)
    assert row.captions == ["caption 3 a", "caption 3 b"]
    assert row.prompt_captions == ["prompt 3"]
    assert row.attribute_phrases == PHRASES
    assert (row.split, row.camera_id, row.box, row.attribute_labels) == (None, None, None, None)
    assert table.source == "synth_pedes" and table.root == folder


@pytest.mark.parametrize("name", ["synthpedes_dataset.json", "synthpedes-dataset.json"])
def test_root_may_be_the_folder_or_its_parent(synth_pedes, synth_record, name):
    folder = synth_pedes([synth_record(0)], name=name)
    assert SynthPedes(folder).load()[0] == SynthPedes(folder.parent).load()[0]


@pytest.mark.parametrize(
    "attributes",
    [
        ["man,short hair,white shirt,black pants,unknown,black backpack"],
        ["man", "short hair", "white shirt", "black pants", "unknown", "black backpack"],
        "man, short hair, white shirt, black pants, Unknown, black backpack",
    ],
)
def test_attributes_in_all_forms_seen(synth_pedes, synth_record, attributes):
    folder = synth_pedes([synth_record(0, attributes=attributes)])
    assert SynthPedes(folder).load()[0].attribute_phrases == PHRASES


def test_prompt_captions_in_the_plural_and_without(synth_pedes, synth_record):
    plural = synth_record(0, prompt_caption=..., prompt_captions=["p"])
    none = synth_record(1, prompt_caption=..., attributes=...)
    table = SynthPedes(synth_pedes([plural, none])).load()
    assert table[0].prompt_captions == ["p"]
    assert table[1].prompt_captions is None and table[1].attribute_phrases is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (dict(captions=...), "has no 'captions'"),
        (dict(captions=[]), "has no 'captions'"),
        (dict(captions="a man"), "expected a list of strings"),
        (dict(captions=["a", 7]), r"captions\[1\] = 7; expected a string"),
        (dict(captions=["a", " "]), r"empty captions\[1\]"),
        (dict(id=...), "has no 'id'"),
        (dict(id="7"), "expected a whole number"),
        (dict(id=True), "expected a whole number"),
        (dict(id=2**63), "a whole number of 64 bits"),
        (dict(captions=["a \ud800"]), "no character of Unicode"),
        (dict(file_path=...), "has no 'file_path'"),
        (dict(attributes=["man,shirt"]), "2 phrases"),
        (dict(attributes=[1, 2]), "neither a string nor a list"),
        ("text", "expected an object"),
    ],
)
def test_a_wrong_record_is_named(synth_pedes, synth_record, changes, says):
    record = synth_record(1, **changes) if isinstance(changes, dict) else changes
    folder = synth_pedes([synth_record(0), record])
    with pytest.raises(InputError, match=says) as caught:
        SynthPedes(folder).load()
    assert "synthpedes_dataset.json: record 1 " in str(caught.value)
    assert not list(folder.glob(".plipdet/*")), "no table of a wrong annotation may stay"


def test_broken_json_is_told_with_its_offset(synth_pedes, synth_record):
    folder = synth_pedes([synth_record(0)])
    file = folder / "synthpedes_dataset.json"
    file.write_text(file.read_text()[:60])
    with pytest.raises(InputError, match=r"synthpedes_dataset.json is not JSON: .* at offset \d+"):
        SynthPedes(folder).load()
    file.write_bytes(b'["\xff"]')
    with pytest.raises(InputError, match="no UTF-8 text at offset 2"):
        SynthPedes(folder).load()
    file.write_text('{"a": 1}')
    with pytest.raises(InputError, match="expected a list of records"):
        SynthPedes(folder).load()
    file.write_text("[]")
    with pytest.raises(InputError, match="names no picture"):
        SynthPedes(folder).load()


def test_missing_images_are_counted_and_the_first_named(synth_pedes, synth_record):
    folder = synth_pedes([synth_record(n) for n in range(10)])
    for n in range(1, 6):
        (folder / synth_record(n)["file_path"]).unlink()
    with pytest.raises(InputError, match="5 of 10 images are missing") as caught:
        SynthPedes(folder).load()
    assert "Part1/1/2.jpg, Part1/2/1.jpg, Part1/2/2.jpg and 2 more" in str(caught.value)


def test_a_missing_layout_is_drawn(tmp_path):
    with pytest.raises(InputError) as caught:
        SynthPedes(tmp_path / "nowhere").load()
    for part in ("does not exist", "synthpedes_dataset.json", "render_minipedes.py --out DIR"):
        assert part in str(caught.value)


def test_the_second_load_reads_no_json(synth_pedes, synth_record, monkeypatch):
    folder = synth_pedes([synth_record(0)])
    first = SynthPedes(folder).load()
    assert first.path.parent == folder / ".plipdet"
    monkeypatch.setattr(SynthPedes, "row", None)
    assert SynthPedes(folder).load()[0] == first[0]


def test_a_changed_annotation_is_read_again(synth_pedes, synth_record):
    folder = synth_pedes([synth_record(0)])
    SynthPedes(folder).load()
    synth_pedes([synth_record(0, captions=["anothern a", "caption 0 b"])])
    assert SynthPedes(folder).load()[0].captions[0] == "anothern a"
    file = folder / "synthpedes_dataset.json"
    before = SynthPedes(folder).fingerprint(folder)
    os.utime(file, (1, 1))
    assert SynthPedes(folder).fingerprint(folder) != before


def test_a_better_reader_reads_again(synth_pedes, synth_record, monkeypatch):
    folder = synth_pedes([synth_record(0)])
    first = SynthPedes(folder).load()
    monkeypatch.setattr(SynthPedes, "reader_version", 99)
    assert SynthPedes(folder).load().path != first.path


def test_read_only_data_use_the_user_cache(synth_pedes, synth_record, user_cache):
    folder = synth_pedes([synth_record(0)])
    (folder / ".plipdet").write_text("a file where the cache folder would be")
    table = SynthPedes(folder).load()
    assert Path(table.path).is_relative_to(user_cache) and table.root == folder
    assert SynthPedes(folder).load()[0] == table[0]


def test_no_writable_place_is_told(synth_pedes, synth_record, user_cache):
    folder = synth_pedes([synth_record(0)])
    (folder / ".plipdet").write_text("")
    (user_cache / "plipdet").write_text("")
    with pytest.raises(InputError, match="set XDG_CACHE_HOME"):
        SynthPedes(folder).load()
