"""Cumulative matching curves, computed or read from results."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from plipdet.errors import InputError
from plipdet.functional.retrieval_rates import chance_rates, matching_curve, retrieval_rates
from plipdet.visualization import MatchingCurve

from .ranked_retrieval import RankedRetrieval


class CurveRequest(NamedTuple):
    """What a user asks to have drawn: a file of results, or a config and a checkpoint.

    Args:
        name: For the legend, "" for one of its own.
        result: File of results, ``None`` where the curve is to be computed.
        config: Path of a config.
        checkpoint: File of weights.
    """

    name: str
    result: Path | None
    config: str = ""
    checkpoint: str = ""


def read_request(text: str) -> CurveRequest:
    """Read ``[NAME=]RESULT.json`` or ``[NAME=]CONFIG.py:CHECKPOINT``.

    Raises:
        InputError: If it is neither, or a file is missing.
    """
    name, equals, place = text.rpartition("=")
    if equals and Path(text).is_file():
        name, place = "", text
    config, colon, checkpoint = place.partition(".py:")
    if colon:
        if not Path(checkpoint).is_file():
            raise InputError(f"there is no checkpoint {checkpoint!r} (of {text!r})")
        return CurveRequest(name, None, f"{config}.py", checkpoint)
    if not place.endswith(".json"):
        raise InputError(
            f"{text!r} is neither RESULT.json nor CONFIG.py:CHECKPOINT, each perhaps after NAME="
        )
    if not Path(place).is_file():
        raise InputError(f"there is no file of results {place!r}")
    return CurveRequest(name, Path(place))


def compute_curve(retrieval: RankedRetrieval, *, name: str, length: int = 50) -> MatchingCurve:
    """Return the curve of a test by the metric's rules, before any re-ranking.

    Args:
        retrieval: The two sides.
        name: For the legend.
        length: The last rank.

    Raises:
        InputError: If no query has a right picture.
    """
    statistics = retrieval.statistics()
    rates = matching_curve(statistics, length=length)
    ranks = list(range(1, len(rates) + 1))
    chance = chance_rates(statistics, topk=ranks)
    mean_ap = retrieval_rates(statistics, topk=(1,))["mAP"]
    return MatchingCurve(name, ranks, rates, {k: chance[f"rank{k}"] for k in ranks}, mean_ap)


def read_curves(request: CurveRequest, *, length: int = 50) -> list[MatchingCurve]:
    """Return the curves in a file of tools/test.py, before re-ranking, or of cmc_curves.py.

    Args:
        request: With ``result``.
        length: The last rank.

    Raises:
        InputError: If the file is no JSON, or holds no curve.
    """
    path = request.result
    assert path is not None, "a file is to be read"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} holds a {type(content).__name__}, not the result of a test")
    if isinstance(content.get("curves"), list):
        found = [_own(entry, path, length) for entry in content["curves"]]
        if request.name and len(found) == 1:
            return [_named(found[0], request.name)]
        before = f"{request.name} " if request.name else ""
        return [_named(curve, before + curve.name) for curve in found]
    return [_of_test(content, request.name or _name_of(content, path), path, length)]


def as_plain(curve: MatchingCurve) -> dict[str, Any]:
    """Return a curve as JSON data, which :func:`read_curves` reads."""
    return {
        "name": curve.name,
        "ranks": list(curve.ranks),
        "rates": [round(rate, 4) for rate in curve.rates],
        "chance": {str(k): round(rate, 4) for k, rate in curve.chance.items()},
        "mean_ap": curve.mean_ap,
    }


def unique_names(curves: Sequence[MatchingCurve]) -> list[MatchingCurve]:
    """Return the curves, a number behind each name that was there before."""
    seen: dict[str, int] = {}
    found = []
    for curve in curves:
        seen[curve.name] = seen.get(curve.name, 0) + 1
        count = seen[curve.name]
        found.append(curve if count == 1 else _named(curve, f"{curve.name} ({count})"))
    return found


def _named(curve: MatchingCurve, name: str) -> MatchingCurve:
    return MatchingCurve(name, curve.ranks, curve.rates, curve.chance, curve.mean_ap)


def _of_test(content: Mapping[str, Any], name: str, path: Path, length: int) -> MatchingCurve:
    curve = content.get("cmc")
    known = dict(enumerate(curve, start=1)) if isinstance(curve, list) else {}
    known = known or _by_rank(content, "rank")
    if not known:
        raise InputError(
            f"{path} has neither cmc nor rank1, so it is no result of tools/test.py of retrieval"
        )
    ranks = [k for k in sorted(known) if k <= length]
    rates = [_rate(known[k], path) for k in ranks]
    chance = _chance(content, path, length)
    mean_ap = None if content.get("mAP") is None else _rate(content["mAP"], path)
    return MatchingCurve(name, ranks, rates, chance, mean_ap)


def _own(entry: Any, path: Path, length: int) -> MatchingCurve:
    try:
        name, ranks = str(entry["name"]), [int(k) for k in entry["ranks"]]
        rates = [_rate(value, path) for value in entry["rates"]]
        levels = {int(k): _rate(v, path) for k, v in entry.get("chance", {}).items()}
        mean_ap = None if entry.get("mean_ap") is None else _rate(entry["mean_ap"], path)
    except InputError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{path} holds a curve that tools/analysis/cmc_curves.py has not written"
        ) from error
    if not ranks or len(ranks) != len(rates):
        raise InputError(f"{path}: the curve {name!r} has not one rate for each rank")
    count = sum(k <= length for k in ranks)
    levels = {k: rate for k, rate in levels.items() if k <= length}
    return MatchingCurve(name, ranks[:count], rates[:count], levels, mean_ap)


def _by_rank(content: Mapping[str, Any], before: str) -> dict[int, Any]:
    """Return the entries like rank5, by the number."""
    wanted = re.compile(f"{before}([1-9][0-9]*)")
    return {int(m[1]): v for key, v in content.items() if (m := wanted.fullmatch(key))}


def _chance(content: Mapping[str, Any], path: Path, length: int) -> dict[int, float]:
    known = _by_rank(content, "chance_rank")
    return {k: _rate(known[k], path) for k in sorted(known) if k <= length}


def _rate(value: Any, path: Path) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (number and 0 <= value <= 100.001):  # not a number is neither
        raise InputError(f"{path} holds the rate {value!r}; expected percent, 0 to 100")
    return float(value)


def _name_of(content: Mapping[str, Any], path: Path) -> str:
    protocol = content.get("protocol")
    if not isinstance(protocol, dict) or not protocol.get("config"):
        return path.stem
    return curve_name(str(protocol["config"]), str(protocol.get("checkpoint")))


def curve_name(config: str, checkpoint: str) -> str:
    """Return a short name of a config with a checkpoint."""
    return f"{Path(config).stem}, {Path(checkpoint).name}"
