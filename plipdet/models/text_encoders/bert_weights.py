"""Where the weights and the configuration of a BERT come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers import BertConfig, BertModel
from transformers.utils import logging

from plipdet.errors import InputError, near
from plipdet.models.weights import on_meta
from plipdet.pretrained_files import locate, read_pretrained

_WHAT = "text weights"
# The configuration of this one is the default of BertConfig, so it needs no file.
_DEFAULT_CONFIG = "bert-base-uncased"


def build_bert(
    model: str | Path | Mapping[str, Any], *, pretrained: bool, pooler: bool
) -> BertModel:
    """Build the BERT that ``model`` names; see :class:`BertTextEncoder`.

    Under ``torch.device("meta")`` no weights are read.

    Raises:
        InputError: If its files are not found, or are not those of a BERT.
    """
    # Transformers would take the data type of the file.
    options: dict[str, Any] = {
        "attn_implementation": "sdpa",
        "add_pooling_layer": pooler,
        "dtype": torch.float32,
    }
    if isinstance(model, Mapping):
        return _from_config(_config_of(dict(model)), pooler=pooler)
    if not pretrained or on_meta():
        return _from_config(_read_config(model), pooler=pooler)
    _read_config(model)
    with _quiet():
        bert, info = _read(BertModel, model, output_loading_info=True, **options)
    if info["missing_keys"]:
        raise InputError(
            f"the text weights {model} lack {sorted(info['missing_keys'])}"
            + ("; choose pooling='mean', which needs no pooler" if pooler else "")
        )
    return bert


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back transformers' progress bar and its table of weights that are not used here."""
    verbosity, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bar:
            logging.enable_progress_bar()


def _from_config(config: BertConfig, *, pooler: bool) -> BertModel:
    config._attn_implementation = "sdpa"
    return BertModel(config, add_pooling_layer=pooler)


def _config_of(arguments: dict[str, Any]) -> BertConfig:
    known = BertConfig().to_dict()
    for key in arguments:
        if key not in known:
            raise InputError(f"BertConfig has no option {key!r}{near(key, known)}")
    return BertConfig(**arguments)


def _read_config(model: str | Path) -> BertConfig:
    if str(model) == _DEFAULT_CONFIG and not Path(model).exists():
        return BertConfig()
    config = _read(BertConfig, model)
    if config.model_type != "bert":
        raise InputError(f"{model} is a {config.model_type!r}, BertTextEncoder reads only BERT")
    return config


def _read(cls: Any, model: str | Path, **options: Any) -> Any:
    location = locate(model, what=_WHAT)
    return read_pretrained(cls, location, what=_WHAT, setting="model", **options)
