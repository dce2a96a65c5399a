"""What the demo compares of publications, searches and launches with its answer key."""

from __future__ import annotations

from typing import Any

import duckdb

from assettrail.demo.answer_key import (
    found_publications,
    found_readiness,
    found_searches,
    planted_publications,
    publications_of,
    readiness_of,
    scores,
    searches_of,
)

KEY: dict[str, Any] = {
    "publications": {"PUB-1": "PROVEN", "PUB-2": "PROVEN_LATE", "PUB-3": "EXPIRED"},
    "publications_now": {"PUB-1": "SUPERSEDED", "PUB-2": "PROVEN"},
    "publications_after_corrections": {"PUB-2": "PROVEN"},
}


def _found(*rows: tuple[str, str, str | None]) -> dict[str, set[str]]:
    with duckdb.connect(":memory:") as connection:
        connection.execute("CREATE SCHEMA marts")
        connection.execute(
            "CREATE TABLE marts.fct_publications"
            " (publication_id_trading_grid VARCHAR, verdict_at_publication VARCHAR, verdict_now VARCHAR)"
        )
        connection.executemany("INSERT INTO marts.fct_publications VALUES (?, ?, ?)", rows)
        return found_publications(connection)


RIGHT = (("PUB-1", "PROVEN", "SUPERSEDED"), ("PUB-2", "PROVEN_LATE", "PROVEN"), ("PUB-3", "EXPIRED", None))


def test_publications_are_counted_by_both_verdicts() -> None:
    """Harm prevented: a verdict of a publication that nobody compares, so that a wrong one passes for right."""
    told = scores(publications_of(KEY), _found(*RIGHT))
    assert sorted(told) == [
        "EXPIRED at publication",
        "PROVEN at publication",
        "PROVEN of a publication now",
        "PROVEN_LATE at publication",
        "SUPERSEDED of a publication now",
    ]
    assert all((one["expected"], one["precision"], one["recall"]) == (1, 1.0, 1.0) for one in told.values())


def test_a_publication_without_a_verdict_is_missed() -> None:
    """Harm prevented: what no verdict is told of passes for judged."""
    told = scores(publications_of(KEY), _found(*RIGHT[1:]))
    assert (told["PROVEN at publication"]["recall"], told["SUPERSEDED of a publication now"]["recall"]) == (0.0, 0.0)


def test_what_corrections_published_is_not_planted() -> None:
    """Harm prevented: each correction that worked reads as a publication that nobody expected."""
    corrected = (("PUB-1", "PROVEN", None), *RIGHT[1:], ("PUB-4", "PROVEN", "PROVEN"))
    found = planted_publications(KEY, _found(*corrected))
    told = scores(publications_of(KEY, is_corrected=True), found)
    assert {(one["precision"], one["recall"]) for one in told.values()} == {(1.0, 1.0)}
    stayed = planted_publications(KEY, _found(*RIGHT))
    assert (
        scores(publications_of(KEY, is_corrected=True), stayed)["SUPERSEDED of a publication now"]["precision"] == 0.0
    )


def test_searches_are_counted_by_what_they_and_their_topic_found() -> None:
    """Harm prevented: a search that found nothing is missed, and what partners look for in vain with it."""
    key = {
        "searches": {"S-1": "empty", "S-2": "found", "S-3": "not_told"},
        "search_topics": {"hero/motor//DE": "not_found", "hero///": "found_or_not_told"},
    }
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "CREATE SCHEMA marts; CREATE SCHEMA reports; "
            "CREATE TABLE marts.fct_searches (search_id_trading_grid VARCHAR, is_empty BOOLEAN, result_count BIGINT); "
            "INSERT INTO marts.fct_searches VALUES ('S-1', true, 0), ('S-2', false, 4), ('S-3', false, NULL); "
            "CREATE TABLE reports.rpt_partner_searches (search_terms VARCHAR, product_line_code VARCHAR, "
            "campaign_code VARCHAR, market_code VARCHAR, is_not_found BOOLEAN); "
            "INSERT INTO reports.rpt_partner_searches VALUES "
            "('hero', 'motor', NULL, 'DE', true), ('hero', NULL, NULL, NULL, false)"
        )
        found = found_searches(connection)
    assert found == searches_of(key)
    assert sorted(found) == [
        "empty of a search",
        "found of a search",
        "found_or_not_told of a search topic",
        "not_found of a search topic",
        "not_told of a search",
    ]


def test_launches_are_counted_by_readiness_and_by_how_many_are_silent() -> None:
    """Harm prevented: a no-go that passes for a go, or a silent partner that nobody misses among other silent ones."""
    key = {
        "required_assets": {"LAU-1/0": "ready", "LAU-2/0": "not_published"},
        "launches": {"LAU-1": "go", "LAU-2": "no_go"},
        "silence": {"LAU-1": "0 of 3 silent", "LAU-2": "2 of 3 silent"},
    }
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "CREATE SCHEMA reports; "
            "CREATE TABLE reports.rpt_launch_requirements "
            "(launch_id_trading_grid VARCHAR, ordinal BIGINT, readiness_reason VARCHAR); "
            "INSERT INTO reports.rpt_launch_requirements VALUES ('LAU-1', 0, 'ready'), ('LAU-2', 0, 'not_published'); "
            "CREATE TABLE reports.rpt_launch_readiness (launch_id_trading_grid VARCHAR, readiness_code VARCHAR, "
            "silent_partner_count BIGINT, partner_count BIGINT); "
            "INSERT INTO reports.rpt_launch_readiness VALUES ('LAU-1', 'go', 0, 3), ('LAU-2', 'no_go', 2, 3)"
        )
        found = found_readiness(connection)
        assert found == readiness_of(key)
        connection.execute("UPDATE reports.rpt_launch_readiness SET silent_partner_count = 1 WHERE partner_count = 3")
        told = scores(readiness_of(key), found_readiness(connection))
    assert told["silent of a launch's partners"]["recall"] == 0.0
    assert found["heard of a launch's partners"] == {"LAU-1: 0 of 3 silent"}
