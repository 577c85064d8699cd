"""EvaluationProtocol: what must be known to compare a result with another."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from plipdet.structures import PersonTable

_PACKAGES = ("torch", "torchvision", "transformers", "timm", "onedl-mmengine", "numpy")
_IDENTIFYING = ("image", "person_id", "camera_id", "split", "captions")


@dataclass(slots=True, frozen=True)
class EvaluationProtocol:
    """The facts that go with every result.

    Args:
        data: Fingerprint of each evaluated table by its name, see :func:`data_fingerprint`.
        train_split: What the weights were trained on; "not known" when they came from outside.
        selection_split: What chose the checkpoint; "none, last epoch" when nothing did.
        similarity: How two features are compared.
        gallery_rule: Which gallery items take part.
        camera_rule: What happens to items of the query's own camera.
        tie_rule: Which item comes first at equal score.
        reranking: Method applied after the ranking, "none" for the plain ranking.
        seeds: Seeds of the runs behind the result.
        config_hash: SHA-256 of the config, "" when there is none.
        versions: Version of each package that can change a result.
    """

    data: dict[str, str]
    train_split: str
    selection_split: str
    similarity: str
    gallery_rule: str
    camera_rule: str
    tie_rule: str
    reranking: str = "none"
    seeds: tuple[int, ...] = ()
    config_hash: str = ""
    versions: dict[str, str] = field(default_factory=lambda: package_versions())

    def as_dict(self) -> dict[str, Any]:
        """Return the record as plain values for JSON."""
        return {**dataclasses.asdict(self), "seeds": list(self.seeds)}


def package_versions() -> dict[str, str]:
    """Return the installed version of plipdet and of the packages that can change a result."""
    import plipdet

    versions = {"plipdet": plipdet.__version__}
    for name in _PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def data_fingerprint(table: PersonTable) -> str:
    """Return 16 hex digits of the table's names, identities, cameras, splits and captions.

    Independent of the folder and of how Arrow keeps the rows; pixels are not read.
    """
    digest = hashlib.sha256()
    for name in _IDENTIFYING:
        column = table.column(name)
        if pa.types.is_list(column.type):
            column = pc.binary_join(column, "\x1f")
        text = pc.fill_null(pc.cast(column, pa.string()), "\x00")
        digest.update(f"{name}\x1d".encode())
        for chunk in text.chunks:
            digest.update("\x1e".join([*chunk.to_pylist(), ""]).encode())
    return digest.hexdigest()[:16]
