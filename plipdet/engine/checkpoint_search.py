"""Finding the checkpoint to go on from, also when the newest one is damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from plipdet.distributed import broadcast_object, is_main
from plipdet.engine.checkpoint import POINTER, check_resumable, find_latest, read_checkpoint
from plipdet.errors import InputError


def has_checkpoints(work_dir: str | Path) -> bool:
    """Return whether a work folder holds something to go on from, be it damaged."""
    return find_latest(work_dir) is not None or any(Path(work_dir).glob("*.pth"))


def newest_valid(
    work_dir: str | Path, *, tell: Callable[[str], object]
) -> tuple[Path, dict[str, Any]] | None:
    """Return path and content of the newest checkpoint of a work folder that can be gone on from.

    That is the one that the pointer names. Where it is gone or damaged it is the one of the
    latest iteration among the other ``.pth`` files, whatever the files' dates. Every rank must
    call it; rank 0 chooses.

    Args:
        work_dir: Folder of the run. It may have been moved: a pointer to where it was is read by
            its file name.
        tell: Called with a line on each file that is skipped.

    Returns:
        ``None`` if there is none, neither valid nor damaged.

    Raises:
        InputError: If there are checkpoints, but none can be read.
    """
    found: tuple[Path, dict[str, Any]] | None = None
    problem = ""
    if is_main():
        try:
            found = _search(Path(work_dir), tell)
        except InputError as error:
            problem = str(error)
    path, problem = broadcast_object((found and found[0], problem))
    if problem:
        raise InputError(problem)
    return found if is_main() or path is None else (path, read_checkpoint(path))


def _search(work_dir: Path, tell: Callable[[str], object]) -> tuple[Path, dict[str, Any]] | None:
    named = find_latest(work_dir)
    reasons: list[str] = []
    if named is not None:
        try:
            return named, _read(named)
        except InputError as error:
            reasons.append(str(error))
            tell(f"skipped the one that {POINTER} names: {error}")
    folders = {work_dir, *([named.parent] if named is not None else [])}
    others = {path.resolve(): path for folder in folders for path in folder.glob("*.pth")}
    if named is not None:
        others.pop(named.resolve(), None)
    for path in _latest_first(list(others.values()), reasons, tell):
        try:
            return path, _read(path)
        except InputError as error:
            reasons.append(str(error))
            tell(f"skipped: {error}")
    if not reasons:
        return None
    raise InputError(
        f"none of the checkpoints in {work_dir} can be gone on from: {'; '.join(reasons)}. "
        "Restore one, or remove them to train anew"
    )


def _read(path: Path) -> dict[str, Any]:
    checkpoint = read_checkpoint(path)
    check_resumable(checkpoint, path)
    return checkpoint


def _latest_first(
    paths: list[Path], reasons: list[str], tell: Callable[[str], object]
) -> Iterator[Path]:
    """Yield the files that say they can be gone on from, by iteration; note the damaged ones."""
    iterations: dict[Path, int] = {}
    for path in sorted(paths):
        try:
            content = _skim(path)
        except InputError as error:
            reasons.append(str(error))
            tell(f"skipped: {error}")
            continue
        meta = content.get("meta")
        if isinstance(meta, dict) and "optimizer" in content and "iter" in meta:
            iterations[path] = meta["iter"]
    yield from sorted(iterations, key=lambda path: iterations[path], reverse=True)


def _skim(path: Path) -> dict[str, Any]:
    """Return a file's content with its tensors left on the disk, where the format allows it."""
    try:
        content = torch.load(path, map_location="cpu", mmap=True, weights_only=True)
    except Exception:  # whatever the bytes provoke; reading all of it says what is wrong
        return read_checkpoint(path)
    return content if isinstance(content, dict) else {}
