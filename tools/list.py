"""List what configs can name, every registered class by kind, and the models with a name."""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as when installed

from plipdet.cli import tool
from plipdet.errors import InputError, near

ROOT = Path(__file__).resolve().parents[1]


def list_registered() -> None:
    """Print the list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", help="only this kind, such as MODELS or MODEL_NAMES")
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    arguments = parser.parse_args()
    found = registered()
    if arguments.kind:
        kind = arguments.kind.upper()
        if kind not in found:
            raise InputError(
                f"no kind {arguments.kind!r}{near(kind, found)}; one of {', '.join(found)}"
            )
        found = {kind: found[kind]}
    if arguments.json:
        print(json.dumps(found))
        return
    for kind, entries in found.items():
        print(f"{kind} ({len(entries)})")
        for entry in entries:
            print(f"  {entry['name']:<32} {entry['file']}\n      {entry['summary']}")


def registered() -> dict[str, list[dict[str, str]]]:
    """Return the entries of our own registries, by kind and name."""
    from plipdet.engine import registries
    from plipdet.registry import REGISTRIES

    engine = {k: v for k, v in vars(registries).items() if k.isupper()}
    found: dict[str, list[dict[str, str]]] = {}
    for kind, registry in {**REGISTRIES, **engine}.items():
        registry.import_from_location()
        entries = [_describe(name, item) for name, item in sorted(registry.module_dict.items())]
        found[kind] = entries
    found["MODEL_NAMES"] = _named_models()
    return found


def _named_models() -> list[dict[str, str]]:
    """Return what ``plipdet.apis.load_model`` knows by name."""
    from plipdet.apis.model_names import MODEL_NAMES, config_of

    found = []
    for name in MODEL_NAMES:
        path = config_of(name)
        place = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
        summary = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        found.append({"name": name, "file": place, "summary": summary.partition("\n")[0]})
    return found


def _describe(name: str, item: object) -> dict[str, str]:
    try:
        file = Path(inspect.getfile(item))  # type: ignore[arg-type]
        place = str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else item.__module__
    except (TypeError, OSError):
        place = getattr(item, "__module__", "")
    summary = (inspect.getdoc(item) or "").partition("\n")[0]
    return {"name": name, "file": place, "summary": summary}


if __name__ == "__main__":
    tool(list_registered)()
