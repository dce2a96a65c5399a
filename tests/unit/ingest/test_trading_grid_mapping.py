"""The mapping of Trading Grid's objects, and the link that answers a case."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest
from pydantic import SecretStr, ValidationError

from assettrail.errors import ConfigurationError, RecordRejected
from assettrail.trading_grid_settings import TradingGridMailbox, TradingGridObject, TradingGridSettings
from ingest.cloudinary.delivery_url import parse_delivery_url
from ingest.pseudonym import mask_identifiers
from ingest.schema import stream_schema
from ingest.trading_grid.context import Context
from ingest.trading_grid.records import RECORDS
from ingest.trading_grid.streams import MADE_HERE, contract_of, key_of, latest_time, row_of, values_of

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
    for name, mapped in contract.items():
        columns = set(stream_schema("trading_grid", name).columns)
        assert set(mapped.fields) == columns - MADE_HERE


def test_a_customers_own_names_and_nesting_are_read() -> None:
    """The vendor's field names are not public: everything hangs on the mapping being honoured."""
    own = TradingGridObject(path="/x", fields={"community_id": "id.value", "name": "title", "status": "gone.away"})
    (row,) = values_of("communities", own, CONTEXT)({"id": {"value": "c"}, "title": "Nord", "gone": 3})
    assert (row["community_id"], row["name"], row["status"]) == ("c", "Nord", None)
    with pytest.raises(RecordRejected):
        values_of("communities", own, CONTEXT)({"id": {"value": 7}, "title": "Nord"})


def test_numbers_are_read_where_the_mapping_says_so() -> None:
    """Services count their objects and write epoch milliseconds; without a way to say it every record is refused."""
    fields = {"access_id": "id", "publication_id": "u", "partner_id": "p", "kind": "k", "at_raw": "at.ms"}
    own = TradingGridObject(path="/x", fields=fields, numbers=("access_id", "partner_id", "at_raw"))
    item = {"id": 17, "u": "U", "p": 0, "k": "opened", "at": {"ms": 1757584405639}}
    (row,) = values_of("accesses", own, CONTEXT)(item)
    assert [row[name] for name in ("access_id", "partner_id", "at_raw")] == ["17", "0", "1757584405639"]
    at = datetime(2025, 9, 11, 9, 53, 25, 639000, tzinfo=UTC)
    assert latest_time(item, own, CONTEXT) == at
    assert latest_time(item, own.model_copy(update={"numbers": ()}), CONTEXT) is None
    written = {**item, "id": "17", "at": {"ms": at.isoformat()}}
    assert values_of("accesses", own, CONTEXT)(written)[0]["access_id"] == "17"
    for changed in ({"u": 17}, {"id": 1.5}, {"id": True}, {"id": None}, {"id": {"n": 1}}, {"at": {"ms": 17}}):
        with pytest.raises(RecordRejected):
            values_of("accesses", own, CONTEXT)(item | changed)
    launches = contract_of(settings())["launches"].model_copy(update={"numbers": ("community_ids",)})
    at_raw = at.isoformat()
    launch = {"launchId": "l", "name": "n", "launchAt": at_raw, "updatedAt": at_raw, "communityIds": [10, 9, "a"]}
    assert values_of("launches", launches, CONTEXT)(launch)[0]["community_ids"] == '["10","9","a"]'


def test_all_mistakes_of_a_mapping_are_named_at_once() -> None:
    """A mapping is corrected by hand; one mistake per run would take a day."""
    wrong = TradingGridObject(path="/x", fields={"case_id": "id", "colour": "c"}, numbers=("case_id", "status"))
    with pytest.raises(ConfigurationError) as mistakes:
        contract_of(settings(cases=wrong, surveys=wrong))
    for part in ("surveys is no stream", "cases.fields.colour", "cases.fields.status is missing"):
        assert part in mistakes.value.found
    assert "trading_grid.objects.cases.numbers: status is no mapped column" in mistakes.value.found


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


@pytest.mark.parametrize(
    ("zone", "partner", "expected"),
    [
        ("Europe/Berlin", "P-1", "2026-01-10T08:00:00+01:00"),
        ("Europe/Berlin", "P-NY", "2026-01-10T08:00:00-05:00"),
        (None, "P-NY", "2026-01-10T08:00:00-05:00"),
        (None, "P-1", None),
    ],
)
def test_a_service_that_writes_no_zone_needs_one(zone: str | None, partner: str, expected: str | None) -> None:
    """A time without an offset that lands as it is reads as UTC to one reader and as local time to the next."""
    context = Context(mask_identifiers, partial(parse_delivery_url, cloud="demo"), {"P-NY": "America/New_York"})
    fields = {"access_id": "a", "publication_id": "u", "partner_id": "p", "kind": "k", "at_raw": "t"}
    own = TradingGridObject(path="/x", fields=fields, zone=zone)
    item = {"a": "1", "u": "U", "p": partner, "k": "opened", "t": "2026-01-10T08:00:00"}
    if expected is None:
        with pytest.raises(RecordRejected, match="without an offset"):
            values_of("accesses", own, context)(item)
        assert latest_time(item, own, context) is None
        return
    (row,) = values_of("accesses", own, context)(item)
    assert row["at_raw"] == expected
    assert "2026-01-10T08:00:00" in str(row["written_times"])
    found = latest_time(item, own, context)
    assert found is not None
    assert found.isoformat() == datetime.fromisoformat(expected).astimezone(UTC).isoformat()


@pytest.mark.parametrize("zone", ["Europe/Berlin", None])
@pytest.mark.parametrize(
    ("written", "time_format", "expected"),
    [
        ("2026-03-12", None, "2026-03-12"),
        ("20260312", None, "2026-03-12"),
        ("12.03.2026", "%d.%m.%Y", "2026-03-12"),
        ("2026-03-12T00:00:00Z", None, "2026-03-12T00:00:00Z"),
        ("2026-02-30", None, None),
        ("2026-W11", None, None),
        ("2026-W11-4", None, None),
        ("2026-03-12", "%d.%m.%Y %H:%M", None),
    ],
)
def test_a_plain_day_stays_a_day(zone: str | None, written: str, time_format: str | None, expected: str | None) -> None:
    """A due day that becomes its first instant is overdue before it has begun; a week is not its Monday."""
    context = Context(mask_identifiers, partial(parse_delivery_url, cloud="demo"), {})
    item = {"access_id": "1", "publication_id": "U", "partner_id": "P", "kind": "opened", "at_raw": written}
    if expected is None:
        with pytest.raises(RecordRejected):
            row_of("accesses", item, context, zone, time_format)
        return
    row = row_of("accesses", item, context, zone, time_format)
    assert row["at_raw"] == expected
    assert (row["written_times"] is None) == (written == expected)


def test_a_plain_day_is_read_on_from_where_staging_has_it() -> None:
    """A cursor on the partner's midnight claims hours in which the records of a day do not stand."""
    context = Context(mask_identifiers, partial(parse_delivery_url, cloud="demo"), {"P": "America/New_York"})
    own = TradingGridObject(path="/x", fields={"access_id": "a", "partner_id": "p", "kind": "k", "at_raw": "t"})
    found = latest_time({"a": "1", "p": "P", "k": "opened", "t": "2026-03-12"}, own, context)
    assert found == datetime(2026, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-01-10T08:00:00Z", "2026-01-10 08:00:00 +01:00", "1768032000000"])
def test_a_time_that_says_its_zone_stays_as_it_came(text: str) -> None:
    """The vendor's text is evidence: what needs no zone is not touched."""
    own = TradingGridObject(
        path="/x", zone="Europe/Berlin", fields={"community_id": "c", "name": "n", "updated_at_raw": "t"}
    )
    (row,) = values_of("communities", own, CONTEXT)({"c": "1", "n": "N", "t": text})
    assert (row["updated_at_raw"], row["written_times"]) == (text, None)


def test_the_rest_service_is_whole_or_absent() -> None:
    """Half of an address is noticed when the first ingest fails, at night."""
    with pytest.raises(ValidationError, match="belong together"):
        TradingGridSettings(base_url="https://x")
    with pytest.raises(ConfigurationError, match=r"no trading_grid\.base_url"):
        _ = TradingGridSettings().service


def test_a_mailbox_needs_one_way_to_sign_in() -> None:
    """Of a password and a key nobody knows which one counts, until the wrong one is taken out."""
    common = {"host": "h", "user": "u", "host_key": "ssh-ed25519 AAAA"}
    with pytest.raises(ValidationError, match="keep one"):
        TradingGridMailbox.model_validate({**common, "password": "p", "private_key_file": "/k"})
    with pytest.raises(ValidationError, match="host_key"):
        TradingGridMailbox.model_validate({"host": "h", "user": "u", "password": "p"})
    with pytest.raises(ConfigurationError, match="neither password nor password_file"):
        _ = TradingGridMailbox.model_validate(common).secret


def test_a_need_of_no_asset_is_refused_and_one_of_any_device_is_not() -> None:
    """A need that names nothing can never be met; one for every device must not be lost for want of a name."""
    mapped = contract_of(settings())["community_needs"]
    read = values_of("community_needs", mapped, CONTEXT)
    (row,) = read({"communityId": "c", "publicId": "brand/hero", "region": "DE"})
    assert [row[name] for name in ("asset_reference", "region", "language", "device")] == [
        "brand/hero", "DE", "any", "any",
    ]  # fmt: skip
    with pytest.raises(RecordRejected, match="neither an asset id nor a public id"):
        read({"communityId": "c", "region": "DE"})


def test_two_needs_of_one_community_are_two_objects() -> None:
    """Two objects of one key look like a list that moved while it was read: it would never be known to be whole."""
    mapped = contract_of(settings())["community_needs"]
    needs = [{"communityId": "c", "assetId": asset, "region": "DE"} for asset in ("a", "b")]
    assert len({key_of("community_needs", need, mapped.fields) for need in needs}) == 2
    images = [{"fileName": "front.jpg", "gtin": gtin} for gtin in ("4006381333931", "4012345000009")]
    of_images = contract_of(settings())["catalogue_images"].fields
    assert len({key_of("catalogue_images", image, of_images) for image in images}) == 2


@pytest.mark.parametrize(
    ("communities", "expected"), [(["b", "a"], '["a","b"]'), ("a", '["a"]'), (None, None), ([1], None)]
)
def test_the_communities_of_a_launch_are_a_list_of_texts(communities: object, expected: str | None) -> None:
    """An export in columns has one community as text; a number in the list would be another id to each reader."""
    mapped = contract_of(settings())["launches"]
    at = "2026-03-01T00:00:00Z"
    item = {"launchId": "l", "name": "n", "launchAt": at, "updatedAt": at, "communityIds": communities}
    if communities == [1]:
        with pytest.raises(RecordRejected, match="a list of texts"):
            values_of("launches", mapped, CONTEXT)(item)
        return
    (row,) = values_of("launches", mapped, CONTEXT)(item)
    assert row["community_ids"] == expected
