"""A log in a temporary folder and its key."""

from pathlib import Path

import pytest

from evidence.log import Log
from evidence.signed_note import SigningKey

ORIGIN = "example.com/log"


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return SigningKey.generate(ORIGIN)


@pytest.fixture
def log(tmp_path: Path, key: SigningKey) -> Log:
    return Log.open(tmp_path / "log", ORIGIN, key)
