"""Reading without a look for cycles ends with it."""

from __future__ import annotations

import gc

import pytest

from ingest.cycles import no_look_for_cycles


def _that_fails() -> None:
    with no_look_for_cycles():
        assert not gc.isenabled()
        with no_look_for_cycles():
            pass
        assert not gc.isenabled()
        raise KeyError


def test_cycles_are_looked_for_again_when_reading_has_ended() -> None:
    """A process that never looks for cycles again grows until the kernel ends it."""
    assert gc.isenabled()
    with pytest.raises(KeyError):
        _that_fails()
    assert gc.isenabled()
