"""The data that a config names, for looking at."""

from __future__ import annotations

from typing import Any

import pyarrow.compute as pc
from mmengine.config import Config

from plipdet.datasets import PersonDataset, SceneDataset
from plipdet.errors import InputError
from plipdet.registry import DATASETS, build
from plipdet.structures import PersonTable


def retrieval_datasets(cfg: Config) -> tuple[PersonDataset, PersonDataset]:
    """Return the query and gallery data sets of a config's test.

    Raises:
        InputError: If the config tests no retrieval, or searches whole scenes.
    """
    loaders = cfg.to_dict().get("test_dataloader") or {}
    if not {"query", "gallery"} <= set(loaders):
        raise InputError(
            "the config has no test_dataloader with query and gallery; name one that tests "
            "retrieval, like configs/plip/zero_shot_text_mini.py"
        )
    query, gallery = (_of_crops(loaders[side]["dataset"]) for side in ("query", "gallery"))
    return query, gallery


def captioned_table(cfg: Config) -> PersonTable:
    """Return the first table of a config that has captions, those of testing first.

    Raises:
        InputError: If none has, or they are whole scenes.
    """
    plain = cfg.to_dict()
    for dataset in _datasets(plain.get("test_dataloader"), plain.get("train_dataloader")):
        table = _of_crops(dataset).table
        if pc.sum(pc.list_value_length(table.column("captions"))).as_py():
            return table
    raise InputError("none of the config's data have captions; name a config of text retrieval")


def pictured_table(cfg: Config) -> PersonTable:
    """Return the first table of a config, that of testing first.

    Raises:
        InputError: If it names no data, or whole scenes.
    """
    plain = cfg.to_dict()
    for dataset in _datasets(plain.get("test_dataloader"), plain.get("train_dataloader")):
        return _of_crops(dataset).table
    raise InputError("the config has no test_dataloader; name one that tests attributes")


def _of_crops(config: Any) -> Any:
    """Return the data set that a config describes, unless it is one of whole scenes."""
    dataset = build(config, DATASETS)
    if isinstance(dataset, SceneDataset):
        raise InputError(
            "the config's data are whole scenes, and this looks at crops of one person; name a "
            "config of crops, like configs/plip/zero_shot_text_mini.py"
        )
    return dataset


def _datasets(*loaders: Any) -> list[Any]:
    found = []
    for loader in loaders:
        if isinstance(loader, dict):
            found += [loader["dataset"]] if "dataset" in loader else _datasets(*loader.values())
    return found
