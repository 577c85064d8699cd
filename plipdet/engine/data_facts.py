"""What a result has to say of the data behind it."""

from __future__ import annotations

from typing import Any

import pyarrow.compute as pc


def data_facts(dataset: Any) -> dict[str, Any]:
    """Return source, folder, fingerprint, splits and size of a data set, as far as it has them.

    Args:
        dataset: A ``PersonDataset``, or any other with a length; of a ``PseudoLabelledDataset``
            the facts are those of its unlabelled part, and under "labelled" those of the other.

    Returns:
        JSON data.
    """
    facts: dict[str, Any] = {"items": len(dataset)}
    scenes = getattr(dataset, "scenes", None)
    table = getattr(dataset, "table", None) if scenes is None else scenes.people
    if table is None:
        return facts
    if scenes is None:
        found = pc.unique(table.column("split")).to_pylist()
    else:
        found = _scene_splits(dataset)
        facts["content"] = dataset.content
    splits = sorted(s for s in found if s is not None)
    facts.update(source=table.source, splits=splits, rows=len(table), root=str(table.root))
    if table.path is not None:  # named NAME-FINGERPRINT.arrow
        facts["fingerprint"] = table.path.stem.rsplit("-", 1)[-1]
    if hasattr(dataset, "unit"):
        facts["unit"] = dataset.unit
    facts.update(getattr(dataset, "row_choice", {}))
    unlabelled, labelled = (getattr(dataset, k, None) for k in ("unlabelled", "labelled"))
    if unlabelled is not None:
        facts.update(data_facts(unlabelled), items=len(dataset), identities="clusters")
    if labelled is not None:
        facts["labelled"] = data_facts(labelled)
    return facts


def _scene_splits(dataset: Any) -> set[str | None]:
    """Return the splits of the scenes that a ``SceneDataset`` shows."""
    shown = {dataset.scene_of(item) for item in range(len(dataset))}
    return {dataset.scenes[scene].split for scene in shown}
