"""TransferRow: pre-trained encoders, or none, as a row of the table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from plipdet.apis.load_model import config_inside
from plipdet.apis.model_inputs import ModelInputs
from plipdet.apis.model_names import config_path
from plipdet.engine.checkpoint import read_checkpoint
from plipdet.engine.config import load_config
from plipdet.errors import InputError
from plipdet.weight_files import file_hash

NONE = "none"
_ENCODERS = ("image_encoder", "text_encoder", "data_preprocessor")
_CONFIG_ENDS = (".py", ".json", ".yaml", ".yml")
_STEP = re.compile(r"(epoch|iter|best)_.*")


@dataclass(slots=True, frozen=True, eq=False)
class TransferRow:
    """Encoders, and how their inputs are made.

    Args:
        name: In tables and folders.
        checkpoint: File of the weights; ``None`` for those that the configs begin with.
        encoders: Configs of ``image_encoder``, ``text_encoder`` (may be absent) and
            ``data_preprocessor`` (may be absent).
        size: Height and width of pictures, px.
        tokenizer: Config of the tokenizer, ``None`` where no text is read.
        shapes: Shape of each weight in the file, by name.
        sha256: Of the file, ``None`` without.
        trained_on: What the file says of its training, JSON data.
    """

    name: str
    checkpoint: Path | None
    encoders: Mapping[str, Any]
    size: tuple[int, int]
    tokenizer: Mapping[str, Any] | None
    shapes: Mapping[str, tuple[int, ...]]
    sha256: str | None = None
    trained_on: Mapping[str, Any] | None = None

    @property
    def folder(self) -> str:
        """The row's name as a folder's."""
        return re.sub(r"[^\w.+-]+", "_", self.name)

    def facts(self) -> dict[str, Any]:
        """Return what the table says of it, JSON data."""
        kinds = {k: self.encoders[k] for k in _ENCODERS[:2] if self.encoders.get(k)}
        backbone = kinds["image_encoder"].get("backbone", {})
        text = kinds.get("text_encoder", {}).get("model")
        return {
            "name": self.name,
            "checkpoint": None if self.checkpoint is None else str(self.checkpoint),
            "sha256": self.sha256,
            "backbone": " ".join([_kind(backbone), *_described(backbone)]),
            "text_encoder": "random" if isinstance(text, Mapping) else text,
            "picture_size": list(self.size),
            "trained_on": None if self.trained_on is None else dict(self.trained_on),
        }


def read_rows(specs: Sequence[str]) -> list[TransferRow]:
    """Return the rows that the command line names.

    Args:
        specs: Each ``[NAME=]CHECKPOINT[:CONFIG]``. The config is needed for files of weights
            alone. ``none`` stands for no pre-training: the model of the first checkpoint, or of
            ``none:CONFIG``, whose weights are then those the config begins with.

    Raises:
        InputError: If a file is missing, carries no config, is of another model than its config
            says, or two rows have the same name.
    """
    parsed = [_parse(spec) for spec in specs]
    rows: dict[int, TransferRow] = {}
    for place, (name, path, config) in enumerate(parsed):
        if path is not None or config is not None:
            rows[place] = _read(name, path, config)
    for place, (name, path, config) in enumerate(parsed):
        if path is None and config is None:
            if not rows:
                raise InputError(
                    f"{NONE} takes the model of the first checkpoint, and there is none; name one, "
                    f"or a config: {NONE}:CONFIG"
                )
            rows[place] = _untrained(name, rows[min(rows)])
    found = [rows[place] for place in range(len(parsed))]
    for number, row in enumerate(found):
        if row.folder in [other.folder for other in found[:number]]:
            raise InputError(f"two rows are called {row.name!r}; name them as NAME=CHECKPOINT")
    return found


def _parse(spec: str) -> tuple[str, Path | None, Path | None]:
    """Return name, checkpoint and config; ``None`` where there is none."""
    name, equals, rest = spec.partition("=")
    if not equals or "/" in name or Path(spec).exists():
        name, rest = "", spec
    path, colon, config = rest.rpartition(":")
    if not colon or not config.endswith(_CONFIG_ENDS):
        path, config = rest, ""
    if not path or (equals and not name and rest != spec):
        raise InputError(f"{spec!r} names no checkpoint; expected [NAME=]CHECKPOINT[:CONFIG]")
    if path.endswith(_CONFIG_ENDS):
        raise InputError(
            f"{path} is a config, no checkpoint; expected [NAME=]CHECKPOINT[:CONFIG], or "
            f"{NONE}:{path} for what it begins with"
        )
    checkpoint = None if path == NONE else Path(path)
    return name or _own_name(checkpoint), checkpoint, Path(config) if config else None


def _own_name(path: Path | None) -> str:
    if path is None:
        return NONE
    folder = path.resolve().parent.name
    return folder if _STEP.fullmatch(path.stem) and folder else path.stem


def _read(name: str, path: Path | None, config: Path | None) -> TransferRow:
    content: Mapping[str, Any] | None = None if path is None else read_checkpoint(path)
    if config is not None:
        cfg = load_config(config_path(config))
    else:
        assert content is not None, "a row without config has a checkpoint"
        if not isinstance(content.get("meta", {}).get("cfg"), str):
            raise InputError(
                f"{path} carries no config, so what its weights belong to is not known; give it as "
                f"{name}={path}:CONFIG"
            )
        cfg = config_inside(content, str(path))
    model = cfg.get("model") or {}
    if not model.get("image_encoder"):
        raise InputError(f"{config or path}: its model has no image_encoder, so nothing to compare")
    inputs = ModelInputs.from_config(cfg)
    weights = {} if content is None else content["state_dict"]
    meta = {} if content is None else content.get("meta", {})
    return TransferRow(
        name=name,
        checkpoint=path,
        encoders={k: _plain(model[k]) for k in _ENCODERS if model.get(k)},
        size=inputs.resize.size,
        tokenizer=None if inputs.tokenizer is None else _tokenizer(inputs),
        shapes={k: tuple(v.shape) for k, v in weights.items()},
        sha256=None if path is None else file_hash(path),
        trained_on=meta.get("trained_on"),
    )


def _tokenizer(inputs: ModelInputs) -> dict[str, Any]:
    tokenizer = inputs.need_tokenizer()
    return {"type": type(tokenizer), "name": tokenizer.name, "pad": tokenizer.pad}


def _untrained(name: str, like: TransferRow) -> TransferRow:
    """Return the same encoders as they begin: pictures' at random, texts' as published."""
    image, text = dict(like.encoders["image_encoder"]), like.encoders.get("text_encoder")
    image["backbone"] = {
        k: v for k, v in image["backbone"].items() if k not in ("pretrained", "checkpoint")
    }
    encoders = {**like.encoders, "image_encoder": image}
    if text is not None:  # a config from inside a checkpoint leaves the weights to that
        encoders["text_encoder"] = {k: v for k, v in text.items() if k != "pretrained"}
    return TransferRow(name, None, encoders, like.size, like.tokenizer, {})


def _plain(node: Any) -> Any:
    """Return configs as plain containers, classes as they are."""
    if isinstance(node, Config):
        node = node.to_dict()
    if isinstance(node, Mapping):
        return {k: _plain(node[k]) for k in node}
    if isinstance(node, (list, tuple)):
        return type(node)(_plain(v) for v in node)
    return node


def _kind(config: Mapping[str, Any]) -> str:
    kind = config.get("type")
    return kind.__name__ if isinstance(kind, type) else str(kind).rpartition(".")[2]


def _described(backbone: Mapping[str, Any]) -> list[str]:
    for key in ("name", "depth", "stage_blocks", "model"):
        if backbone.get(key):
            return [str(backbone[key])]
    return []
