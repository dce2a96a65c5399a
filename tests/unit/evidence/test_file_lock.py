"""The lock between processes: what the disk may refuse of it, and that nobody is locked out by that."""

import os
from pathlib import Path

import pytest

from assettrail.errors import ConfigurationError
from evidence.file_lock import file_lock, is_locked


@pytest.mark.parametrize("call", ["ftruncate", "write"])
def test_a_disk_that_refuses_the_holders_name_is_told_and_the_lock_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Harm prevented: a full disk shows as a bare system error, again at closing, or locks all others out."""
    path = tmp_path / "some.lock"

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        with pytest.raises(ConfigurationError, match="who holds the thing"), file_lock(path, "the thing"):
            raise AssertionError("nothing may run without its holder's name")
    assert not is_locked(path)
    with file_lock(path, "the thing", 0.0):
        assert path.read_text(encoding="utf-8").startswith(f"process {os.getpid()} ")
