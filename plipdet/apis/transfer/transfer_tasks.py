"""What pre-trained encoders can be transferred to: tasks, data sets, protocols, their configs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plipdet.apis.model_names import shipped_config
from plipdet.datasets.sources import (
    Cuhk03,
    CuhkPedes,
    IcfgPedes,
    Market1501,
    Market1501Attributes,
    Msmt17,
    Pa100k,
    PersonSource,
    Peta,
    RapV1,
    RapV2,
    RstpReid,
    UFine6926,
)
from plipdet.errors import InputError, near

MINI, FULL = "mini", "full"
PROTOCOLS = ("zero-shot", "probe", "fine-tune")


@dataclass(slots=True, frozen=True)
class DataSet:
    """A public data set and how a task reads it.

    Args:
        name: For tables.
        source: Its reader.
        options: Further arguments of the reader.
        caption_length: Word pieces a caption may have where the recipe's number is too small.
    """

    name: str
    source: type[PersonSource]
    options: Mapping[str, Any] = field(default_factory=dict)
    caption_length: int | None = None


@dataclass(slots=True, frozen=True)
class Recipe:
    """A config that trains or tests a task on some data set of its kind.

    Args:
        config: Its path, relative to ``configs/`` or, when a user names it, to the working folder.
        changes: Other values by dotted path.
    """

    config: str
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Where the config lies."""
        return Path(self.config) if Path(self.config).is_file() else shipped_config(self.config)


@dataclass(slots=True, frozen=True)
class Task:
    """A downstream task.

    Args:
        metrics: Name in the table by name in a result, the first the one to compare by.
        data: The data sets.
        recipes: By protocol, one for each budget.
    """

    metrics: Mapping[str, str]
    data: Sequence[DataSet]
    recipes: Mapping[str, Mapping[str, Recipe]]


_MARKET = DataSet("Market-1501", Market1501)
_MSMT17 = DataSet("MSMT17", Msmt17)
TASKS: dict[str, Task] = {
    "text": Task(
        metrics={"rank1": "R@1", "mAP": "mAP"},
        data=(
            DataSet("CUHK-PEDES", CuhkPedes),
            DataSet("ICFG-PEDES", IcfgPedes),
            DataSet("RSTPReid", RstpReid),
            DataSet("UFine6926", UFine6926, caption_length=128),  # its captions have 80 words
        ),
        recipes={
            "zero-shot": {
                MINI: Recipe("text_reid/zero_shot_mini.py"),
                FULL: Recipe("text_reid/zero_shot_r50_cuhk_pedes.py"),
            },
            "probe": {
                MINI: Recipe("text_reid/probe_mini.py"),
                FULL: Recipe("text_reid/probe_r50_cuhk_pedes.py"),
            },
            "fine-tune": {
                MINI: Recipe("text_reid/cmpm_c_mini.py"),
                FULL: Recipe("text_reid/cmpm_c_r50_cuhk_pedes.py"),
            },
        },
    ),
    "image": Task(
        metrics={"mAP": "mAP", "rank1": "R@1"},
        data=(
            _MARKET,
            _MSMT17,
            DataSet("CUHK03 detected", Cuhk03, {"detected": True}),
            DataSet("CUHK03 labelled", Cuhk03, {"detected": False}),
        ),
        recipes={
            "zero-shot": {
                MINI: Recipe("plip/zero_shot_image_mini.py"),
                FULL: Recipe("image_reid/zero_shot_r50_market1501.py"),
            },
            "fine-tune": {
                MINI: Recipe("image_reid/bot_mini.py"),
                FULL: Recipe("image_reid/bot_r50_market1501.py"),
            },
        },
    ),
    "unsupervised": Task(
        metrics={"mAP": "mAP", "rank1": "R@1"},
        data=(_MARKET, _MSMT17),
        recipes={
            "fine-tune": {
                MINI: Recipe("image_reid/unsupervised/usl_mini.py"),
                FULL: Recipe("image_reid/unsupervised/usl_r50_market1501.py"),
            },
        },
    ),
    "attributes": Task(
        metrics={"mA": "mA", "F1": "F1"},
        data=(
            DataSet("PA-100K", Pa100k),
            DataSet("PETA", Peta),
            DataSet("RAP v1", RapV1),
            DataSet("RAP v2", RapV2),
            DataSet("Market-1501 attributes", Market1501Attributes),
        ),
        recipes={
            "zero-shot": {
                MINI: Recipe("attribute/zero_shot_mini.py"),
                FULL: Recipe("attribute/zero_shot_r50_pa100k.py"),
            },
            "probe": {
                MINI: Recipe("attribute/probe_mini.py"),
                FULL: Recipe("attribute/rethinking_r50_pa100k.py", {"model.linear_probe": True}),
            },
            "fine-tune": {
                MINI: Recipe("attribute/rethinking_mini.py"),
                FULL: Recipe("attribute/rethinking_r50_pa100k.py"),
            },
        },
    ),
}


@dataclass(slots=True, frozen=True)
class Column:
    """One way to measure encoders: a task on a data set by a protocol.

    Args:
        task: Of :data:`TASKS`.
        data: The data set.
        protocol: Of :data:`PROTOCOLS`.
        recipe: How it is trained or tested.
        fingerprint: Of the data set's annotation.
    """

    task: str
    data: DataSet
    protocol: str
    recipe: Recipe
    fingerprint: str = ""

    @property
    def name(self) -> str:
        """The column's name in results and folders."""
        return f"{self.task}/{self.data.name}/{self.protocol}"

    @property
    def metrics(self) -> Mapping[str, str]:
        """Name in the table by name in a result."""
        return TASKS[self.task].metrics

    def __hash__(self) -> int:
        return hash(self.name)


def columns_of(
    found: Mapping[str, Mapping[str, str]],
    *,
    budget: str,
    protocols: Sequence[str] = PROTOCOLS,
    recipes: Mapping[tuple[str, str], Recipe] | None = None,
) -> list[Column]:
    """Return the columns for data sets, in the order of :data:`TASKS`.

    Args:
        found: Fingerprints by data set by task, see :func:`find_data`.
        budget: :data:`MINI` or :data:`FULL`.
        protocols: Which to take.
        recipes: In place of those of :data:`TASKS`, by task and protocol.

    Raises:
        InputError: If no task has such a protocol.
    """
    columns = []
    for task, sets in found.items():
        for data in (data for data in TASKS[task].data if data.name in sets):
            for protocol, kinds in TASKS[task].recipes.items():
                if protocol in protocols:
                    recipe = (recipes or {}).get((task, protocol), kinds[budget])
                    columns.append(Column(task, data, protocol, recipe, sets[data.name]))
    if not columns:
        have = {task: list(TASKS[task].recipes) for task in found}
        raise InputError(f"--protocols {' '.join(protocols)}: these tasks have {have}")
    return columns


def read_recipes(options: Sequence[str]) -> dict[tuple[str, str], Recipe]:
    """Return what ``--recipe TASK/PROTOCOL=CONFIG`` says.

    Raises:
        InputError: If there is no such task or protocol, or no such file.
    """
    known = {f"{t}/{p}": (t, p) for t, task in TASKS.items() for p in task.recipes}
    found = {}
    for option in options:
        name, equals, config = option.partition("=")
        if not equals or name not in known:
            raise InputError(
                f"--recipe {option}: expected TASK/PROTOCOL=CONFIG, with one of "
                f"{', '.join(known)}{near(name, known)}"
            )
        if not Path(config).is_file():
            raise InputError(f"--recipe {option}: there is no config {config}")
        found[known[name]] = Recipe(config)
    return found
