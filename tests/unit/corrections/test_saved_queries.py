"""Saved queries and their withdrawals, on both databases: what was asked, and who gave it up, stays for ever."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.people import register
from corrections.people.register import Person
from corrections.people.saved_queries import find_query, save_query, saved_queries, withdraw_query
from corrections.store.database import open_store
from tests.unit.corrections.samples import CLOCK, NOW, settings_for

ADA = Person("Ada", frozenset({"administrator"}))


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    """An installation with an analyst, on either database."""
    settings = settings_for(tmp_path / "home")
    register.begin(settings, CLOCK, "Ada", 30)
    register.add_person(settings, CLOCK, "Ann", ["analyst"], ADA)
    return settings


def person(settings: Settings, name: str) -> Person:
    """A person as they act now."""
    with open_store(settings) as store, store.read() as session:
        return register.as_person(session, register.find_person(session, name))


def test_a_withdrawal_stands_beside_the_query_and_neither_is_ever_changed(settings: Settings) -> None:
    """A database that lets a withdrawal be taken back, or dated otherwise, proves nothing about the day of a report."""
    later = NOW + timedelta(days=2)
    ann, ada = person(settings, "Ann"), person(settings, "Ada")
    with open_store(settings) as store:
        with store.begin() as session:
            for name in ("first", "second"):
                save_query(session, NOW, ann, name, f"select '{name}'", "")
        with store.begin() as session:
            assert withdraw_query(session, later, ada, "first", " counts twice ").is_withdrawn
        with pytest.raises(ConfigurationError, match="Ada withdrew it at"), store.begin() as session:
            withdraw_query(session, later, ann, "first", "me too")
        with pytest.raises(ConfigurationError, match="no saved query"), store.begin() as session:
            withdraw_query(session, later, ann, "third", "not there")
        for change in ("update {} set name = 'other'", "delete from {}"):
            for table in ("saved_queries", "saved_query_withdrawals"):
                with pytest.raises(ConfigurationError, match="never changed or removed"), store.begin() as session:
                    session.execute(text(change.format(table)))
        with store.read() as session:
            first, second = saved_queries(session)
            assert (first.withdrawn_by, first.withdrawn_at, first.withdrawal_reason) == ("Ada", later, "counts twice")
            assert (first.statement, first.saved_by, first.saved_at) == ("select 'first'", "Ann", NOW)
            assert (second.is_withdrawn, find_query(session, "first")) == (False, first)
