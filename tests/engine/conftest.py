import copy
import itertools

import pytest
from toy_config import CONFIG

_RUNS = itertools.count()


@pytest.fixture
def write_config(tmp_path):
    def write(*, name="toy.py", append="", replace=()):
        text = CONFIG
        for old, new in replace:
            assert old in text, old
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text + append, encoding="utf-8")
        return path

    return write


@pytest.fixture
def load(write_config, tmp_path):
    from plipdet.engine.config import load_config

    def load_it(*, work="run", overrides=None, **options):
        path = write_config(**options)
        return load_config(path, overrides=overrides, work_dir=tmp_path / work)

    return load_it


@pytest.fixture
def runner_of():
    from plipdet.engine import PLIPRunner

    def make(cfg, **changes):
        cfg = copy.deepcopy(cfg)
        for key, value in changes.items():
            cfg[key] = value
        # MMEngine keeps loggers and message hubs by this name and the second.
        cfg["experiment_name"] = f"toy{next(_RUNS)}"
        return PLIPRunner.from_cfg(cfg)

    return make
