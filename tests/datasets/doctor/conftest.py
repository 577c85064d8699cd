import shutil
from pathlib import Path

import pytest

MINIPEDES = Path(__file__).parents[2] / "data" / "minipedes"


@pytest.fixture
def root(tmp_path):
    """A copy of the three rendered layouts, without caches, to be damaged."""
    return shutil.copytree(MINIPEDES, tmp_path / "set", ignore=shutil.ignore_patterns(".plipdet"))
