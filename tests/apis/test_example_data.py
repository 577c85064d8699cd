from pathlib import Path

import pytest

from plipdet.apis.example_data import captioned_table, pictured_table, retrieval_datasets
from plipdet.engine.config import load_config
from plipdet.errors import InputError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("read", [retrieval_datasets, captioned_table, pictured_table])
@pytest.mark.parametrize("name", ["seqnet_mini", "seqnet_text_mini"])
def test_whole_scenes_are_refused(read, name):
    cfg = load_config(
        ROOT / f"configs/person_search/{name}.py", data_root=ROOT / "tests/data/miniscenes"
    )
    with pytest.raises(InputError, match=r"whole scenes, .* name a config of crops"):
        read(cfg)
