"""Reading ``.npz`` files of arrays without ever running code from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from plipdet.errors import InputError


def read_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Read all arrays of a ``.npz`` file of numbers and strings.

    Raises:
        InputError: If there is no such file, it is damaged or of another kind, or holds Python
            objects, whose reading could run code.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there is no file {path}; name a .npz file of arrays")
    try:
        loaded = np.load(path, allow_pickle=False)
        if not isinstance(loaded, np.lib.npyio.NpzFile):
            raise InputError(f"{path} holds a single array, not a .npz file of named ones")
        with loaded:
            arrays = {name: loaded[name] for name in loaded.files}
        others = [name for name, value in arrays.items() if not isinstance(value, np.ndarray)]
        if others:
            raise InputError(f"{path} is no .npz file: its {others[0]!r} is no array")
        return arrays
    except (InputError, MemoryError):
        raise
    except Exception as error:  # damaged bytes make numpy and zipfile raise anything
        if "allow_pickle" in str(error):
            raise InputError(
                f"{path} holds Python objects or is no .npz file, and reading objects could run "
                "any code; save plain arrays with numpy.savez"
            ) from error
        raise InputError(
            f"{path} is damaged or no .npz file ({path.stat().st_size} bytes); copy it again"
        ) from error
