"""The tests of the outbox run on SQLite and on a real PostgreSQL server: `pytest.mark.usefixtures("database")`."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.postgresql_server import new_database, running_server
from tests.unit.corrections import samples


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A server that the tests of one run share."""
    with running_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The kind of database that `settings_for` names: SQLite under home, or an empty one of the server."""
    if request.param == "postgresql":
        address = new_database(request.getfixturevalue("postgresql_server"), f"outbox-{uuid4().hex}")
        monkeypatch.setattr(samples, "DATABASE_URL", address)
    return str(request.param)
