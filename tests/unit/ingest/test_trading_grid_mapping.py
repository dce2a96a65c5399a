"""The mapping of Trading Grid's objects, and the link that answers a case."""

from __future__ import annotations

from functools import partial

import pytest
from pydantic import SecretStr

from assettrail.errors import ConfigurationError, RecordRejected
from assettrail.settings import TradingGridObject, TradingGridSettings
from ingest.cloudinary.delivery_url import parse_delivery_url
from ingest.pseudonym import mask_identifiers
from ingest.schema import stream_schema
from ingest.trading_grid.records import RECORDS, Context
from ingest.trading_grid.streams import contract_of, values_of

CONTEXT = Context(mask_identifiers, partial(parse_delivery_url, cloud="demo"))
URL = "https://res.cloudinary.com/demo/image/upload/v{}/a/b.jpg"


def settings(**objects: TradingGridObject) -> TradingGridSettings:
    return TradingGridSettings(
        base_url="https://x", token_url="https://x/t", client_id="c", client_secret=SecretStr("s"), objects=objects
    )


def test_the_shipped_example_fills_every_column_of_every_stream() -> None:
    """A column that no mapping fills would be NULL for ever without anyone noticing."""
    contract = contract_of(settings())
    assert list(contract) == list(RECORDS)
    made = {"linked_url", "linked_public_id", "linked_version"}
    for name, mapped in contract.items():
        assert set(mapped.fields) | (made if name == "thread_messages" else set()) == set(
            stream_schema("trading_grid", name).columns
        )


def test_a_customers_own_names_and_nesting_are_read() -> None:
    """The vendor's field names are not public: everything hangs on the mapping being honoured."""
    own = TradingGridObject(path="/x", fields={"community_id": "id.value", "name": "title", "status": "gone.away"})
    (row,) = values_of("communities", own, CONTEXT)({"id": {"value": "c"}, "title": "Nord", "gone": 3})
    assert (row["community_id"], row["name"], row["status"]) == ("c", "Nord", None)
    with pytest.raises(RecordRejected):
        values_of("communities", own, CONTEXT)({"id": {"value": 7}, "title": "Nord"})


def test_all_mistakes_of_a_mapping_are_named_at_once() -> None:
    """A mapping is corrected by hand; one mistake per run would take a day."""
    wrong = TradingGridObject(path="/x", fields={"case_id": "id", "colour": "c"})
    with pytest.raises(ConfigurationError) as mistakes:
        contract_of(settings(cases=wrong, launches=wrong))
    for part in ("launches is no stream", "cases.fields.colour", "cases.fields.status is missing"):
        assert part in mistakes.value.found


@pytest.mark.parametrize(
    ("body", "version"),
    [
        (f"Please use {URL.format(1768000000)}.", 1768000000),
        (f"Instead of {URL.format(1767000000)} use ({URL.format(1768000000)})", 1768000000),
        (f"<{URL.format(7)}>", 7),
        ("see https://evil.example/demo/image/upload/v9/a/b.jpg", None),
        ("no link", None),
    ],
)
def test_the_newest_link_of_a_message_counts(body: str, version: int | None) -> None:
    """A reply that quotes the old link beside the new one has answered the case."""
    mapped = contract_of(settings())["thread_messages"]
    item = {"messageId": "m", "caseId": "c", "postedAt": "2026-01-10T08:00:00Z", "body": body + " a@b.de"}
    (row,) = values_of("thread_messages", mapped, CONTEXT)(item)
    assert row["linked_version"] == version
    assert (row["linked_url"] is None) == (version is None)
    assert "a@b.de" not in str(row["body"])
    if version:
        assert f"v{version}/" in str(row["body"])
