import json

import cv2
import numpy as np
import pytest


def _save_image(path, seed=0, height=32, width=16):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    assert cv2.imwrite(str(path), pixels)
    return path


def _synth_record(n, **changes):
    record = {
        "id": n // 2 + 1,
        "file_path": f"Part1/{n // 2 + 1}/{n % 2 + 1}.jpg",
        "attributes": ["man,short hair,white shirt,black pants,unknown,black backpack"],
        "captions": [f"caption {n} a", f"caption {n} b"],
        "prompt_caption": [f"prompt {n}"],
    }
    record.update(changes)
    return {key: value for key, value in record.items() if value is not ...}


@pytest.fixture(scope="session")
def save_image():
    """Writes a small random picture and returns its path."""
    return _save_image


@pytest.fixture(scope="session")
def synth_record():
    """Returns the n-th SYNTH-PEDES record, with changed fields; ``...`` takes a field out."""
    return _synth_record


@pytest.fixture(autouse=True)
def user_cache(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("user_cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def synth_pedes(tmp_path):
    """Writes a SYNTH-PEDES folder of the given records and returns its path."""

    def write(records, *, name="synthpedes_dataset.json", images=True):
        folder = tmp_path / "SYNTH-PEDES"
        paths = [r["file_path"] for r in records if isinstance(r, dict) and "file_path" in r]
        for n, path in enumerate(dict.fromkeys(paths) if images else ()):
            _save_image(folder / path, seed=n)
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(records))
        return folder

    return write


class WordTokenizer:
    """One token a word, ids by word length; stands in for a BERT vocabulary."""

    pad_id = 9

    def tokenize(self, caption, spans):
        words = caption.split(" ")
        slots, at = np.full(len(words), -1, dtype=np.int8), 0
        for i, word in enumerate(words):
            for span in spans:
                if at < span.end and at + len(word) > span.start:
                    slots[i] = span.slot
            at += len(word) + 1
        return np.array([len(word) for word in words]), np.ones(len(words), dtype=bool), slots


@pytest.fixture
def word_tokenizer():
    return WordTokenizer()
