import os
import signal

import pytest

from plipdet.engine import stop_signals
from plipdet.engine.stop_signals import StopSignals


@pytest.fixture
def signals(monkeypatch):
    monkeypatch.setattr(StopSignals, "noted", False)
    signals = StopSignals()
    signals.heed()
    yield signals
    signals.leave()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGUSR1", "SIGINT"])
def test_a_signal_is_noted_once(signals, name, capfd):
    for _ in range(2):  # a launcher passes on what its processes have got themselves
        signal.raise_signal(getattr(signal, name))
    assert signals.received == name and StopSignals.noted
    assert capfd.readouterr().err.count("stopping after") == (name == "SIGINT")


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_second_one_ends_at_once(signals, name, code, monkeypatch, capfd):
    signal.raise_signal(signal.SIGTERM)
    monkeypatch.setattr(stop_signals, "_SAME", -1.0)
    with pytest.raises(SystemExit) as stop:
        signal.raise_signal(getattr(signal, name))
    assert stop.value.code == code
    assert f"{name} once more: ended at once, and nothing is saved" in capfd.readouterr().err


def test_signals_are_given_back():
    former = signal.getsignal(signal.SIGINT)
    signals = StopSignals()
    signals.heed()
    assert signals.active and signal.getsignal(signal.SIGINT) != former
    signals.leave()
    assert not signals.active and signal.getsignal(signal.SIGINT) == former


def test_what_is_ignored_stays_ignored():
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell's background jobs do
    signals = StopSignals()
    try:
        signals.heed()
        signal.raise_signal(signal.SIGINT)
        assert signals.received is None
    finally:
        signals.leave()
        signal.signal(signal.SIGINT, former)


def test_a_child_that_has_not_begun_leaves_signals_to_its_parent(signals, capfd):
    child = os.fork()
    if not child:
        try:
            signal.raise_signal(signal.SIGINT)
            os._exit(7 if signals.received is None else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert capfd.readouterr().err == ""
