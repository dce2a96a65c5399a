"""What whole listings of the account's configuration lack is landed as gone: once, and only when it is sure."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from cloudinary import api

from assettrail.settings import Settings
from ingest.cloudinary.client import CloudinaryClient
from ingest.cloudinary.page import Page
from ingest.extract import Claim, Extract, Row
from ingest.landing import LandedBatch, land
from ingest.landing_store import LandingStore
from ingest.run import ingest_stream
from ingest.schema import stream_schema
from ingest.sources import open_source
from tests.adapters.ingest.stand_ins import Sandbox, accept, landed_rows

FIELDS = "metadata_fields"
EIGHT, NINE, TEN = (datetime(2026, 1, 10, hour, tzinfo=UTC) for hour in (8, 9, 10))
LIST_FIELDS = CloudinaryClient.metadata_fields_page


def read(stream: str, settings: Settings, store: LandingStore, sandbox: Sandbox, at: datetime) -> LandedBatch:
    """One reading of a stream at an instant, as a process of its own would do it."""
    sandbox.set_clock(f"{at:%Y-%m-%dT%H:%M:%SZ}")
    (batch,) = ingest_stream(open_source(settings, "cloudinary", store), stream, store, accept)
    return batch


def states(store: LandingStore, stream: str, key: str) -> list[tuple[object, bool]]:
    """The landed states of a stream, oldest first: whose each is, and whether it says that it is gone."""
    return [(row[key], bool(row["is_absent"])) for row in landed_rows(store, "cloudinary", stream)]


def add_field(sandbox: Sandbox, external_id: str) -> None:
    values = [{"external_id": "bob", "value": "Bob"}]
    field = {"external_id": external_id, "label": external_id, "type": "enum", "datasource": {"values": values}}
    api.add_metadata_field(field, **sandbox.cloudinary)


def test_a_deleted_field_is_gone_once_and_begins_again_when_it_comes_back(
    sandbox: Sandbox, settings: Settings, store: LandingStore
) -> None:
    """A field that is deleted would stay current, and the labels of its values surely valid for ever."""
    add_field(sandbox, "approver")
    add_field(sandbox, "season")
    read(FIELDS, settings, store, sandbox, EIGHT)
    api.delete_metadata_field("season", **sandbox.cloudinary)
    gone = read(FIELDS, settings, store, sandbox, NINE)
    assert (gone.rows, gone.claim.complete, gone.claim.window_from, gone.claim.window_to) == (1, True, EIGHT, NINE)
    assert "1 gone, which two listings lack" in gone.claim.detail
    listed, told = (row for row in landed_rows(store, "cloudinary", FIELDS) if row["external_id"] == "season")
    assert (told["is_absent"], told["datasource"]) == (True, listed["datasource"])
    assert json.loads(store.raw.get(told["_raw_hash"])) == {"stream": FIELDS, "listed": ["approver"]}
    again = read(FIELDS, settings, store, sandbox, TEN)
    assert (again.rows, again.claim.complete, again.claim.window_from) == (0, True, NINE)
    add_field(sandbox, "season")
    assert read(FIELDS, settings, store, sandbox, TEN.replace(hour=11)).rows == 1
    assert states(store, FIELDS, "external_id")[-2:] == [("season", True), ("season", False)]


def fields_page(change: Callable[[Page], Page], of_calls: Sequence[int]) -> Callable[[CloudinaryClient], Page]:
    """The client's page of fields, changed in the calls of these numbers."""
    calls = iter(range(1, 100))

    def page(client: CloudinaryClient) -> Page:
        found = LIST_FIELDS(client)
        return change(found) if next(calls) in of_calls else found

    return page


NOT_WHOLE = {
    "no list at all": lambda page: replace(page, items=(), has_list=False),
    "a further page": lambda page: replace(page, next_cursor="more"),
    "a record without its key": lambda page: replace(page, items=(*page.items, {"label": "?", "type": "string"})),
}


@pytest.mark.parametrize("call", [1, 2])
@pytest.mark.parametrize("change", NOT_WHOLE.values(), ids=NOT_WHOLE.keys())
def test_a_listing_that_is_not_known_to_be_whole_ends_nothing(
    sandbox: Sandbox,
    settings: Settings,
    store: LandingStore,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Page], Page],
    call: int,
) -> None:
    """An answer that was cut off must not end every label; nor may its window prove that they held."""
    add_field(sandbox, "season")
    read(FIELDS, settings, store, sandbox, EIGHT)
    api.delete_metadata_field("season", **sandbox.cloudinary)
    monkeypatch.setattr(CloudinaryClient, "metadata_fields_page", fields_page(change, [call]))
    unsure = read(FIELDS, settings, store, sandbox, NINE)
    assert (unsure.rows, unsure.claim.complete) == (0, False)
    sure = read(FIELDS, settings, store, sandbox, TEN)
    assert (sure.rows, sure.claim.complete, sure.claim.window_from) == (1, True, EIGHT)


def test_a_field_that_the_second_listing_shows_is_there(
    sandbox: Sandbox, settings: Settings, store: LandingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One listing may lack what only slipped from page to page."""
    add_field(sandbox, "season")
    read(FIELDS, settings, store, sandbox, EIGHT)
    without = fields_page(lambda page: replace(page, items=()), [1])
    monkeypatch.setattr(CloudinaryClient, "metadata_fields_page", without)
    assert read(FIELDS, settings, store, sandbox, NINE).rows == 0


def test_what_an_older_release_landed_is_compared_and_its_windows_prove_nothing(
    sandbox: Sandbox, settings: Settings, store: LandingStore
) -> None:
    """Its claims were complete while nobody looked for what was gone: until when a label held is not known by them."""
    schema = stream_schema("cloudinary", FIELDS)
    older = replace(schema, columns=MappingProxyType({k: v for k, v in schema.columns.items() if k != "is_absent"}))
    row = Row(
        {"external_id": "season", "label": "Season", "type": "string"}, "cloudinary://c/metadata_fields", "0" * 64
    )
    claim = Claim(None, EIGHT, complete=True, how="end_marker", detail="1 metadata fields in one page")
    sandbox.set_clock("2026-01-10T08:00:00Z")
    land(store, older, Extract([row], [], claim, {"window_to": EIGHT.isoformat()}), accept)
    gone = read(FIELDS, settings, store, sandbox, NINE)
    assert (gone.rows, gone.claim.complete, gone.claim.window_from) == (1, True, None)
    after = read(FIELDS, settings, store, sandbox, TEN)
    assert (after.rows, after.claim.window_from) == (0, NINE)


@pytest.mark.parametrize("stream", ["transformations", "upload_presets"])
def test_a_deleted_transformation_or_preset_is_gone(
    sandbox: Sandbox, settings: Settings, store: LandingStore, stream: str
) -> None:
    """What an address names and no longer delivers must not stand as what the account has."""
    options: dict[str, Any] = sandbox.cloudinary
    for name in ("half", "whole"):
        api.create_transformation(name, "w_30,c_scale", **options)
        api.create_upload_preset(name=f"t_{name}", unsigned=True, **options)
    read(stream, settings, store, sandbox, EIGHT)
    api.delete_transformation("half", **options)
    api.delete_upload_preset("t_half", **options)
    next_day = EIGHT.replace(day=11)
    assert read(stream, settings, store, sandbox, next_day).rows == 1
    assert read(stream, settings, store, sandbox, next_day.replace(day=12)).rows == 0
    assert states(store, stream, "name") == [("t_half", False), ("t_whole", False), ("t_half", True)]
