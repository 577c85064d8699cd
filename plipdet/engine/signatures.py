"""What a class takes, also where it hands its keyword arguments on to its base class."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from mmengine.hooks import CheckpointHook

from plipdet.errors import InputError

_NUMBERS = {"int", "float", "bool"}
_CONTAINERS = {"Mapping", "Sequence", "dict", "list", "tuple"}
_AROUND_NUMBERS = {"class", "Optional", "Union", "typing", "None", "NoneType"}
# Its **kwargs go to Runner.save_checkpoint, which has no further options.
_CLOSED = (CheckpointHook,)


class Signature:
    """The options of a callable.

    Args:
        target: A class or function that a config's ``type`` names.
    """

    def __init__(self, target: Any) -> None:
        self.name = getattr(target, "__name__", str(target))
        self.options: dict[str, inspect.Parameter] = {}
        self.required: list[str] = []
        self.open_ended = not self._read(target)
        if isinstance(target, type) and issubclass(target, _CLOSED):
            self.open_ended = False

    def _read(self, target: Any) -> bool:
        """Collect the options; return whether there can be no others."""
        functions = [target]
        if isinstance(target, type):
            functions = [c.__dict__["__init__"] for c in target.__mro__ if "__init__" in c.__dict__]
            functions = [f for f in functions if f is not object.__init__]
        for number, function in enumerate(functions):
            try:
                parameters = inspect.signature(function).parameters
            except (TypeError, ValueError):  # written in C, without a signature
                return False
            kinds = {p.kind for p in parameters.values()}
            variable = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
            own = {k: p for k, p in parameters.items() if p.kind not in variable and k != "self"}
            self.options = {**own, **self.options}
            if number == 0:
                self.required = [k for k, p in own.items() if p.default is p.empty]
            if inspect.Parameter.VAR_KEYWORD not in kinds:
                return True
        return not functions

    def check(
        self,
        arguments: Mapping[str, Any],
        *,
        where: str,
        extra: Collection[str] = (),
        supplied: Collection[str] | None = (),
    ) -> None:
        """Check keyword arguments.

        Args:
            arguments: Values by option.
            where: Path in the config, for the message.
            extra: Options that whoever builds the object reads itself.
            supplied: Options that whoever builds the object fills; ``None`` if unknown, so that
                a missing option is no error.

        Raises:
            InputError: If an option is unknown, missing, or clearly of another kind than expected.
        """
        for key, value in arguments.items():
            if key in extra:
                continue
            if key in self.options:
                self._check_kind(key, value, where)
            else:
                self._refuse(key, where, extra)
        if supplied is not None:
            missing = [k for k in self.required if k not in arguments and k not in supplied]
            if missing:
                raise InputError(f"{where}: {self.name} needs {', '.join(map(repr, missing))}")

    def _refuse(self, key: str, where: str, extra: Iterable[str]) -> None:
        known = [*self.options, *extra]
        cutoff = 0.75 if self.open_ended else 0.5
        match = difflib.get_close_matches(str(key), known, n=1, cutoff=cutoff)
        if match:
            hint = f"did you mean {match[0]!r}?"
        elif self.open_ended:
            return
        else:
            hint = f"it knows {known}" if known else "it has none"
        raise InputError(f"{where}: {self.name} has no option {key!r}; {hint}")

    def _check_kind(self, key: str, value: Any, where: str) -> None:
        annotation = str(self.options[key].annotation)
        words = set(re.findall(r"\w+", annotation))
        numeric = words & _NUMBERS and words <= _NUMBERS | _AROUND_NUMBERS
        if numeric and isinstance(value, (str, list, tuple, Mapping)):
            expected = "True or False" if words & _NUMBERS == {"bool"} else "a number"
            raise InputError(f"{where}.{key} is {value!r}; {self.name} expects {expected} there")
        outer = {part.strip() for part in re.sub(r"\[.*\]", "", annotation).split("|")} - {"None"}
        if outer and outer <= _CONTAINERS and isinstance(value, (bool, int, float, str)):
            kind = "dict" if outer <= {"Mapping", "dict"} else "list"
            raise InputError(f"{where}.{key} is {value!r}; {self.name} expects a {kind} there")
