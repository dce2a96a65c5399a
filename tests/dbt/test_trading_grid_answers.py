"""Staging of documents, images, answers, launches and requests: one row each, at its instant, whatever landed twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import get_args

import duckdb
import pytest
import yaml

from ingest.schema import STREAMS
from ingest.trading_grid.acknowledgements import Outcome, SentDocument, X12Answer, match_answers
from ingest.trading_grid.x12 import Party
from tests.dbt.conftest import dbt
from tests.dbt.landing_fixture import Landing
from tests.unit.quality.samples import SOUND

Row = Mapping[str, object]

NUMBERS = {"group_control_number": "77", "set_control_number": "0001"}
ENVELOPE: Row = {
    "sender_qualifier": "01",
    "sender_id": "123456789",
    "receiver_qualifier": "08",
    "receiver_id": "PARTNER",
    "interchange_control_number": "000000905",
    "interchange_written": "260312 1015",
    "is_test": False,
    "at_raw": "2026-03-12T10:15:00-04:00",
    "written_times": {"at_raw": {"text": "20260312 1015", "zone": "America/New_York"}},
    **NUMBERS,
}
ANSWER: Row = {
    **ENVELOPE,
    "ordinal": 0,
    "level": "group",
    "code": "A",
    "acknowledged_group_type": "SC",
    "acknowledged_group_control_number": "905",
}
DOCUMENT: Row = {"mailbox": "M1", "document_id": "D1", "created_at_raw": "2026-03-12T08:00:00Z", **NUMBERS}
IMAGE: Row = {
    "item_kind": "product",
    "item_reference": "product:P1",
    "product": "P1",
    "file_name": "a.jpg",
    "action": "insert",
}
WINDOW = ("2026-03-12T00:00:00Z", "2026-03-13T00:00:00Z")
REQUESTS = (
    "launches",
    "launch_requirements",
    "launch_messages",
    "tasks",
    "flags",
    "format_requests",
    "feedback",
    "searches",
    "community_needs",
    "distributions",
)
STAGED = ("documents", "catalogue_images", "functional_acknowledgements", "application_advices", *REQUESTS)
LATER = "2026-03-12T15:00:00Z"


CHANGED: Mapping[str, Row] = {
    "launches": {"launch_at_raw": LATER, "updated_at_raw": LATER},
    "tasks": {"status": "done", "done_at_raw": LATER, "updated_at_raw": LATER},
    "feedback": {"status": "answered", "answered_at_raw": LATER, "updated_at_raw": LATER},
    "community_needs": {"status": "dropped", "updated_at_raw": LATER},
}


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build file with the models."""
    folder = tmp_path_factory.mktemp("answers")
    landing = Landing(folder / "home")
    for state, at in (("Sent", "2026-03-12T08:00:00Z"), ("Acknowledged", "2026-03-12T15:00:00Z")):
        document = {**DOCUMENT, "status": state, "updated_at_raw": at}
        landing.land("trading_grid", "documents", [document], window=WINDOW, loaded_at=at)
    for action in ("insert", "delete"):
        landing.land("trading_grid", "catalogue_images", [{**IMAGE, "action": action}], window=WINDOW)
    again = {**ANSWER, "interchange_written": "260912 1015"}
    for batch in ([ANSWER, {**ANSWER, "ordinal": 1}], [ANSWER, again]):
        landing.land("trading_grid", "functional_acknowledgements", batch, window=WINDOW)
    advice = {**ENVELOPE, "ordinal": 0, "code": "TR", "reference": "PUB-7"}
    landing.land("trading_grid", "application_advices", [advice], window=WINDOW)
    for stream in REQUESTS:
        sound = SOUND["trading_grid", stream]
        landing.land("trading_grid", stream, [_as_python(stream, sound)], window=WINDOW)
        again = {**sound, **CHANGED[stream]} if stream in CHANGED else sound
        landing.land("trading_grid", stream, [_as_python(stream, again)], window=WINDOW)
    landing.project()
    models = [f"stg_trading_grid__{name}" for name in STAGED]
    built = dbt(folder, "build", "--select", *models, home=landing.home)
    assert built.returncode == 0, built.stdout
    (file,) = landing.home.glob("warehouse/*.duckdb")
    return file


def _as_python(stream: str, row: Row) -> Row:
    """A sample's JSON texts as values: `Landing` writes them."""
    names = STREAMS["trading_grid", stream].json_columns
    return {name: json.loads(str(value)) if name in names else value for name, value in row.items()}


def rows(staged: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(staged), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute(query).fetchall()


def test_a_document_and_an_image_stand_in_their_newest_state(staged: Path) -> None:
    """An image that was taken out of the catalogue must not stand there as shown."""
    assert rows(staged, "select status from staging.stg_trading_grid__documents") == [("Acknowledged",)]
    assert rows(staged, "select action from staging.stg_trading_grid__catalogue_images") == [("delete",)]


def test_an_answer_that_landed_twice_is_one_and_a_reused_number_another(staged: Path) -> None:
    """Control numbers start again: half a year later the same numbers are another answer."""
    found = rows(
        staged,
        "select ordinal, interchange_written, occurred_at, is_zone_assumed "
        "from staging.stg_trading_grid__functional_acknowledgements order by 2, 1",
    )
    at = datetime(2026, 3, 12, 14, 15, tzinfo=UTC)
    assert [(number, written) for number, written, *_ in found] == [
        (0, "260312 1015"),
        (1, "260312 1015"),
        (0, "260912 1015"),
    ]
    assert {row[2:] for row in found} == {(at, True)}


def test_an_advice_is_no_acknowledgement(staged: Path) -> None:
    """A 997 says that a file could be read; only the 824 says that its content was refused."""
    assert rows(staged, "select code, reference from staging.stg_trading_grid__application_advices") == [
        ("TR", "PUB-7")
    ]


@pytest.mark.parametrize("stream", REQUESTS)
def test_a_launch_or_request_that_landed_twice_is_one(staged: Path, stream: str) -> None:
    """A task that stands twice is counted as open and as done."""
    assert rows(staged, f"select count(*) from staging.stg_trading_grid__{stream}") == [(1,)]


def test_launches_and_feedback_stand_in_their_newest_state(staged: Path) -> None:
    """Readiness and time to fix are told from these instants; an older state would call the answered unanswered."""
    at, later = datetime(2026, 2, 1, 10, tzinfo=UTC), datetime(2026, 3, 12, 15, tzinfo=UTC)
    launch = "select launch_at, readiness_due_at, community_ids_list from staging.stg_trading_grid__launches"
    assert rows(staged, launch) == [(later, datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC), ["C-1"])]
    feedback = (
        "select status_code, reported_at, answered_at, asset_url_public_id, asset_url_version_number "
        "from staging.stg_trading_grid__feedback"
    )
    assert rows(staged, feedback) == [("answered", at, later, "a.jpg", 1)]
    matched = (
        "select count(*) from staging.stg_trading_grid__launch_requirements "
        "join staging.stg_trading_grid__launches using (launch_key)"
    )
    assert rows(staged, matched) == [(1,)]


PARTIES = (Party("01", "US"), Party("08", "THEM"), Party("ZZ", "THEM"))
START = datetime(2026, 1, 1, tzinfo=UTC)
REFERENCES = ("sender_reference", "service_reference", "application_reference", "gxs_ref_num")


def _random_world(seed: int) -> tuple[list[Row], list[Row]]:
    """Documents and answers between few parties with few control numbers over months, so that much collides."""
    random = Random(seed)

    def envelope() -> dict[str, object]:
        sender, receiver = random.sample(PARTIES, 2)
        return {
            "sender_qualifier": sender.qualifier,
            "sender_id": sender.id,
            "receiver_qualifier": receiver.qualifier,
            "receiver_id": receiver.id,
        }

    documents: list[Row] = [
        {
            **envelope(),
            "mailbox": "M1",
            "document_id": f"R{number}",
            "group_control_number": random.choice(["1", "2", "002"]),
            "set_control_number": random.choice(["1", "0001", "2"]),
            "created_at_raw": (
                START + timedelta(days=random.randrange(0, 100, 10), seconds=random.choice([0, 30]))
            ).isoformat(),
            **{name: random.choice(["PO-1", "PO-2", f"X{number}", None]) for name in REFERENCES},
        }
        for number in range(60)
    ]
    answers: list[Row] = [
        {
            **ENVELOPE,
            **envelope(),
            "interchange_control_number": f"{number}",
            "ordinal": 0,
            "code": random.choice(["TA", "TR", "GA"]),
            "at_raw": (START + timedelta(days=random.randrange(0, 150, 5))).isoformat(),
            "original_group_control_number": random.choice(["1", "01", "2", "3", None]),
            "original_set_control_number": random.choice(["0001", "2", "3", None]),
            "reference": random.choice(["PO-1", " PO-2", f"R{number % 60}", f"X{number % 60}", "PO-3", "", None]),
        }
        for number in range(200)
    ]
    return documents, answers


def _party(row: Row, role: str) -> Party:
    return Party(str(row[f"{role}_qualifier"]), str(row[f"{role}_id"]))


def test_answers_are_matched_as_the_pure_function_matches_them(tmp_path: Path) -> None:
    """Two readings of one rule: a join that is a little wider gives a partner's answer to another document."""
    documents, answers = _random_world(7)
    landing = Landing(tmp_path / "home")
    landing.land("trading_grid", "documents", documents, window=WINDOW)
    landing.land("trading_grid", "application_advices", answers, window=WINDOW)
    landing.project()
    built = dbt(tmp_path, "build", "--select", "+int_answers__matched", home=landing.home)
    assert built.returncode == 0, built.stdout
    (file,) = landing.home.glob("warehouse/*.duckdb")
    found = rows(
        file,
        "select advices.interchange_control_number, matched.outcome, "
        "list_sort(list(documents.document_id_trading_grid) "
        "filter (where documents.document_id_trading_grid is not null)) "
        "from intermediate.int_answers__matched as matched "
        "inner join staging.stg_trading_grid__application_advices as advices "
        "on matched.answer_key = advices.application_advice_key "
        "left join staging.stg_trading_grid__documents as documents using (document_key) group by all",
    )
    project = yaml.safe_load(Path("dbt_project/dbt_project.yml").read_text())
    days = project["vars"]["answer_window_days"]
    expected = match_answers(
        [
            SentDocument(
                str(row["document_id"]),
                _party(row, "sender"),
                _party(row, "receiver"),
                str(row["group_control_number"]),
                str(row["set_control_number"]),
                datetime.fromisoformat(str(row["created_at_raw"])),
                tuple(str(row[name]) for name in REFERENCES if row[name] is not None),
            )
            for row in documents
        ],
        [
            X12Answer(
                str(row["interchange_control_number"]),
                _party(row, "sender"),
                _party(row, "receiver"),
                _text(row["original_group_control_number"]),
                _text(row["original_set_control_number"]),
                datetime.fromisoformat(str(row["at_raw"])),
                _text(row["reference"]),
                _text(row["code"]),
            )
            for row in answers
        ],
        timedelta(days=days),
    )
    told = {str(answer): (outcome, sorted(ids or [])) for answer, outcome, ids in found}  # type: ignore[call-overload]
    assert told == {match.answer_id: (match.outcome, sorted(match.document_ids)) for match in expected}
    assert {match.outcome for match in expected} == set(get_args(Outcome))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
