import pytest

from plipdet import compiled as module
from plipdet.compiled import compiled


def test_compiles_where_no_cache_can_be_written(monkeypatch):
    njit, asked = module.njit, []

    def without_cache(**options):
        asked.append(options)
        if options.get("cache"):
            raise RuntimeError("cannot cache function 'twice': no locator available for file 'x'")
        return njit(**options)

    monkeypatch.setattr(module, "njit", without_cache)

    @compiled(nogil=True)
    def twice(number):
        return 2 * number

    assert twice(21) == 42
    assert asked == [{"cache": True, "nogil": True}, {"nogil": True}]


def test_other_errors_are_told(monkeypatch):
    def broken(**options):
        raise RuntimeError("no LLVM")

    monkeypatch.setattr(module, "njit", broken)
    with pytest.raises(RuntimeError, match="no LLVM"):
        compiled()(abs)
