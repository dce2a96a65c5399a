"""One installation with people, and one provider, for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.sign_in.issuer import Issuer
from tests.unit.reports.people.house import House, build_house, running_issuer


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """An installation with one person for each role."""
    return build_house(tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="module")
def _issuer() -> Iterator[Issuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(_issuer: Issuer) -> Iterator[Issuer]:
    """The provider, honest at the start of each test."""
    yield _issuer
    _issuer.tamper = None
    _issuer.signing_key = None
