"""Services that page badly, refuse, break, dawdle, change their records or their tokens: nothing of it is believed."""

from __future__ import annotations

import logging
import time
import tracemalloc
from collections.abc import Callable

import pytest
from pydantic import SecretStr

from assettrail.errors import AssettrailError, TransientSourceError
from ingest.cloudinary import sdk_calls
from ingest.extract import Source
from ingest.landing import LandedBatch
from ingest.run import ingest_stream, ingest_streams
from tests.adapters.conformance.ways import (
    LISTED,
    SERVED,
    CloudinaryListing,
    CloudinaryPoll,
    CloudinaryWebhook,
    ExstreamRest,
    GridMailbox,
    GridRest,
    Way,
)
from tests.adapters.ingest.stand_ins import accept, landed_rows

Open = Callable[..., Way]
BESIDE = {"cloudinary": "metadata_fields", "exstream": "jobs", "trading_grid": "communities"}
"""A stream of each system that another address gives."""


def listed(way: type[Way]) -> str:
    return way.name


def ingested_in_the_end(way: Way) -> LandedBatch:
    """Ingest; where that is refused, nothing of it has landed, and the next run makes it good."""
    try:
        return way.ingest()
    except AssettrailError:
        assert way.landed() == []
        return way.ingest()


@pytest.mark.parametrize("count", [1, 2 * 2, 5])
@pytest.mark.parametrize("way", LISTED, indirect=True, ids=listed)
def test_a_listing_is_read_to_its_end_also_when_its_last_page_is_full(way: Way, count: int) -> None:
    """A full last page looks like one before the last; a short one, to others, like the end."""
    held = way.hold(count)
    batch = way.ingest()
    assert way.landed() == sorted(held)
    assert batch.claim.complete


@pytest.mark.parametrize("way", LISTED, indirect=True, ids=listed)
def test_a_page_that_comes_again_is_not_the_page_behind_it(way: Way) -> None:
    """A proxy that answers with the page before hides the one that was asked for: its records never come again."""
    held = way.hold(5)
    first = None if way.system == "cloudinary" else "0"
    way.turn(query={way.page: first}, after=1, times=1)
    batch = way.ingest()
    assert batch.claim.complete == (way.landed() == sorted(held))
    way.later(minutes=1)
    way.ingest()
    assert way.landed() == sorted(held)


@pytest.mark.parametrize("way", [ExstreamRest, GridRest], indirect=True, ids=listed)
def test_a_page_that_is_skipped_is_missed(way: Way) -> None:
    """Records that slip onto a page that was read are in none: only the count tells."""
    held = way.hold(5)
    way.turn(query={way.page: "4"}, after=1, times=1)
    batch = way.ingest()
    assert way.landed() == sorted(held)
    assert batch.claim.complete


@pytest.mark.parametrize("way", [ExstreamRest, GridRest], indirect=True, ids=listed)
def test_a_total_that_changes_while_it_is_read_is_read_again(way: Way) -> None:
    """Two counts that do not agree are two states: a claim over both would be of neither."""
    held = way.hold(5)
    way.turn(replace={'"total":5': '"total":6', '"totalElements":5': '"totalElements":6'}, after=1, times=1)
    assert way.ingest().claim.complete
    assert way.landed() == sorted(held)
    way.turn(replace={'"total":5': '"total":6', '"totalElements":5': '"totalElements":6'})
    way.later(minutes=1)
    doubted = way.ingest()
    assert (doubted.claim.complete, doubted.claim.how) == (False, "unknown")


@pytest.mark.parametrize("way", [CloudinaryListing], indirect=True)
def test_a_listing_that_skips_a_page_is_doubted_and_read_again(way: CloudinaryListing) -> None:
    """A listing without a count looks whole without a page, too: only the search index tells that it is not."""
    held = way.hold(6)
    way.turn(query={way.page: way.third_page()}, after=1, times=1)
    doubted = way.ingest()
    assert (doubted.claim.complete, doubted.claim.how) == (False, "unknown")
    assert set(way.landed()) < held
    assert way.ingest().claim.complete
    assert way.landed() == sorted(held)
    way.turn(query={way.page: way.third_page()}, after=1, times=1)
    source = way.source()
    assert not ingest_stream(source, way.stream, way.store, accept)[-1].claim.complete
    assert ingest_stream(source, "asset_absences", way.store, accept)[-1].rows == 0, "what was skipped is not deleted"


@pytest.mark.parametrize("way", [CloudinaryListing], indirect=True)
def test_a_count_that_is_never_met_is_overruled_by_two_listings(way: CloudinaryListing) -> None:
    """The vendor calls the count an estimate: one that stays too high must not keep the window open for ever."""
    held = way.hold(5)
    way.turn(path="/usage", replace={'"resources":5': '"resources":6'})
    way.turn(path="/resources/search", replace={'"total_count":5': '"total_count":6'})
    assert not way.ingest().claim.complete
    assert way.ingest().claim.complete
    assert way.landed() == sorted(held)


@pytest.mark.parametrize("way", [CloudinaryListing], indirect=True)
def test_a_cursor_that_expires_always_is_no_last_page(way: CloudinaryListing) -> None:
    """An expired cursor taken for the end hides every asset behind it, and they count as deleted."""
    held = way.hold(5)
    way.sandbox.turn("cloudinary", cursor_lifetime_seconds=-1)
    with pytest.raises(TransientSourceError, match="before the last page"):
        way.ingest()
    way.sandbox.turn("cloudinary", cursor_lifetime_seconds=3600)
    assert way.ingest().claim.complete
    assert way.landed() == sorted(held)


@pytest.mark.parametrize("way", [GridRest], indirect=True)
def test_a_cursor_that_expires_once_begins_the_listing_again(way: GridRest) -> None:
    """What was read before the cursor ended is half a listing."""
    held = way.hold(5)
    way.by_cursor()
    way.turn(status=410, message="The cursor is expired", after=1, times=1)
    batch = way.ingest()
    assert (batch.claim.complete, batch.claim.how) == (True, "end_marker")
    assert way.landed() == sorted(held)


PASSING = {
    "408": {"status": 408},
    "429": {"status": 429, "headers": {"Retry-After": "0"}},
    "503": {"status": 503},
    "a connection that breaks": {"truncate_body_after": 0},
    "a cut body whose length fits": {"truncate_body_after": 30, "truncate_silently": True},
    "a cut body without a length": {"truncate_body_after": 30, "without_length": True},
}


@pytest.mark.parametrize("fault", list(PASSING))
@pytest.mark.parametrize("way", SERVED, indirect=True, ids=listed)
def test_a_fault_that_passes_costs_nothing_and_lands_no_part(way: Way, fault: str) -> None:
    """One bad answer in the night must cost neither the night nor half of a page."""
    if way.system == "cloudinary" and fault == "429":
        fault = "503"
    if isinstance(way, CloudinaryPoll):
        way.change(visibility_timeout_seconds=1)
    held = way.hold(3)
    way.turn(times=1, method="GET", **PASSING[fault])
    assert ingested_in_the_end(way).claim.complete
    assert way.landed() == sorted(held)


@pytest.mark.parametrize("way", LISTED, indirect=True, ids=listed)
def test_a_stream_that_stays_down_leaves_the_others_alone(way: Way) -> None:
    """One address that is down must not take the whole night along; and the stream that it gives claims nothing."""
    held = way.hold(1)
    way.turn(status=503, path="/artifact/" if isinstance(way, ExstreamRest) else way.path)
    source: Source = way.source()
    landed: list[tuple[str, list[LandedBatch]]] = []
    with pytest.raises(TransientSourceError, match="503"):
        landed.extend(ingest_streams(source, (way.stream, BESIDE[way.system]), way.store, accept))
    ((stream, batches),) = landed
    assert (stream, batches[-1].claim.complete) == (BESIDE[way.system], True)
    assert way.store.cursor(way.system, way.stream) is None
    way.sandbox.turn(way.system, reset=True)
    assert ingest_stream(source, way.stream, way.store, accept)[-1].claim.complete
    assert way.landed() == sorted(held)


@pytest.mark.parametrize("way", [CloudinaryListing], indirect=True)
def test_a_refused_hour_is_not_asked_again_and_says_when_it_ends(way: CloudinaryListing) -> None:
    """Asking on makes it worse; whoever is called at night has to know when to come back."""
    held = way.hold(1)
    source = way.source()
    ingest_stream(source, "metadata_fields", way.store, accept)
    way.turn(status=420)
    (stopped,) = ingest_stream(source, way.stream, way.store, accept)
    assert not stopped.claim.complete
    assert "resets at 2026-03-10T09:00:00Z" in stopped.claim.detail
    asked = way.sandbox.requests("cloudinary")
    assert not ingest_stream(source, way.stream, way.store, accept)[-1].claim.complete
    assert way.sandbox.requests("cloudinary") == asked
    way.sandbox.turn("cloudinary", reset=True)
    way.later(hours=2)
    assert way.ingest().claim.complete
    assert way.landed() == sorted(held)


@pytest.mark.parametrize("fault", [{"drip_seconds": 0.05}, {"hang_after_headers": True}], ids=["drip", "hang"])
@pytest.mark.parametrize("way", SERVED, indirect=True, ids=listed)
def test_an_answer_that_never_ends_is_left_at_the_deadline(
    way: Way, fault: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time-out per read lets one byte a second hold up the night; what had come of it is no answer."""
    monkeypatch.setattr(sdk_calls, "_DEADLINE_MARGIN_SECONDS", 0.1)
    way.change(timeout_seconds=1, **({"visibility_timeout_seconds": 1} if way.system == "cloudinary" else {}))
    held = way.hold(2)
    way.turn(times=1, method="GET", **fault)
    began = time.monotonic()
    assert ingested_in_the_end(way).claim.complete
    assert time.monotonic() - began < 30
    assert way.landed() == sorted(held)


@pytest.mark.parametrize("way", [CloudinaryListing, CloudinaryPoll, ExstreamRest, GridRest], indirect=True, ids=listed)
def test_an_answer_that_swells_is_left_before_it_fills_the_memory(way: Way) -> None:
    """A few kilobytes that unpack to gigabytes take the machine down, and with it every other stream."""
    held = way.hold(2)
    way.turn(method="GET", swell_mib=128)
    tracemalloc.start()
    try:
        with pytest.raises(AssettrailError, match=r"swells more than 100 times|a compressed answer"):
            way.ingest()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 96 << 20
    assert way.landed() == []
    way.sandbox.turn(way.system, reset=True)
    assert ingested_in_the_end(way).claim.complete
    assert way.landed() == sorted(held)


BROKEN_PAGES = {
    "NaN": {"{": '{"x":NaN,'},
    "Infinity": {"{": '{"x":-Infinity,'},
    "a key twice": {"{": '{"x":1,"x":2,'},
    "deep nesting": {"{": '{"x":' + "[" * 10_000 + "]" * 10_000 + ","},
    "a byte that is no UTF-8": {"{": '{"x":"\udcff",'},
    "a NUL": {"{": '{"x":"\x00",'},
}


@pytest.mark.parametrize("way", [CloudinaryListing, ExstreamRest, GridRest], indirect=True, ids=listed)
def test_a_page_that_is_no_sound_json_lands_in_no_part(way: Way) -> None:
    """Readers disagree about what such a page says: what lands of it would be a guess."""
    held = way.hold(2)
    for name, change in BROKEN_PAGES.items():
        way.sandbox.turn(way.system, reset=True)
        way.turn(method="GET", replace=change)
        with pytest.raises(AssettrailError):
            way.ingest()
        assert way.landed() == [], name
    way.sandbox.turn(way.system, reset=True)
    assert way.ingest().claim.complete
    assert way.landed() == sorted(held)


@pytest.mark.parametrize("way", [CloudinaryPoll], indirect=True)
def test_an_answer_that_hides_its_messages_is_waited_for(way: CloudinaryPoll) -> None:
    """A spoiled answer hides its messages for a while: the queue then looks empty, and is not."""
    way.change(visibility_timeout_seconds=1)
    held = way.hold(2)
    way.turn(times=1, method="GET", replace=BROKEN_PAGES["a byte that is no UTF-8"])
    assert ingested_in_the_end(way).claim.complete
    assert way.landed() == sorted(held)


@pytest.mark.parametrize("text", ["a\\u0000b", "\\ud800"], ids=["NUL", "lone surrogate"])
@pytest.mark.parametrize("way", [CloudinaryListing, GridRest], indirect=True, ids=listed)
def test_one_text_that_no_column_can_hold_costs_one_record(way: Way, text: str) -> None:
    """Whoever may name a thing could otherwise stop everybody's."""
    held = way.hold(4)
    spoiled = min(held)
    way.turn(replace={f'"{spoiled}"': f'"{spoiled}","x":"{text}"'})
    batch = way.ingest()
    assert way.landed() == sorted(held - {spoiled})
    assert batch.quarantined == 1
    assert not batch.claim.complete


DRIFT = {
    "a new field": ({'"{key}"': '"{key}","brand_new":{"a":[1]}'}, True),
    "a type that changed": ({'"{key}"': "17"}, False),
    "a field that is gone": ({'"{field}":"{key}"': '"gone":1'}, False),
    "nothing but null": ({'"{field}":"{key}"': '"{field}":null'}, False),
}
FIELDS = {"cloudinary": "asset_id", "trading_grid": "partnerId"}


@pytest.mark.parametrize("name", list(DRIFT))
@pytest.mark.parametrize("way", [CloudinaryListing, GridRest], indirect=True, ids=listed)
def test_a_record_of_another_shape_is_kept_or_refused_and_never_cast(way: Way, name: str) -> None:
    """A value that was cast to NULL is a fact that nobody wrote; a new field must not stop the night."""
    held = way.hold(2)
    changes, lands = DRIFT[name]
    field = FIELDS[way.system]
    told = {
        old.replace("{field}", field).replace("{key}", key): new.replace("{field}", field).replace("{key}", key)
        for key in held
        for old, new in changes.items()
    }
    way.turn(replace=told)
    batch = way.ingest()
    assert (way.landed(), batch.quarantined) == ((sorted(held), 0) if lands else ([], 2))
    assert batch.claim.complete == lands


JOBS = {
    "a new field": ({'"id":"': '"brand_new":{"a":[1]},"id":"'}, True),
    "a type that changed": ({'"id":"': '"id":17,"was":"'}, False),
    "a field that is gone": ({'"id":"': '"was":"'}, False),
    "nothing but null": ({'"id":"': '"id":null,"was":"'}, False),
}


@pytest.mark.parametrize("name", list(JOBS))
@pytest.mark.parametrize("way", [ExstreamRest], indirect=True)
def test_a_run_of_another_shape_is_kept_or_refused_and_never_cast(way: ExstreamRest, name: str) -> None:
    """A run that cannot be named has letters that nobody finds; one with a new field is a run."""
    held = way.hold(2)
    changes, lands = JOBS[name]
    way.turn(replace=changes)
    source = way.source()
    jobs = ingest_stream(source, "jobs", way.store, accept)[-1]
    letters = ingest_stream(source, way.stream, way.store, accept)[-1]
    assert (jobs.rows, jobs.quarantined) == ((2, 0) if lands else (0, 2))
    assert way.landed() == (sorted(held) if lands else [])
    assert (jobs.claim.complete, letters.claim.complete) == (lands, lands)


@pytest.mark.parametrize("way", [ExstreamRest], indirect=True)
def test_a_run_in_a_state_that_nobody_knows_is_kept_and_watched(way: ExstreamRest) -> None:
    """A vendor adds states: a run in one of them may still compose, so that its time is not read yet."""
    held = way.hold(2)
    way.turn(replace={'"status":"': '"status":"hibernating","was":"'})
    source = way.source()
    ingest_stream(source, "jobs", way.store, accept)
    assert {row["status"] for row in landed_rows(way.store, "exstream", "jobs")} == {"hibernating"}
    assert ingest_stream(source, way.stream, way.store, accept)[-1].rows == 0
    way.sandbox.turn("exstream", reset=True)
    way.later(days=1)
    way.ingest()
    assert way.landed() == sorted(held)


@pytest.mark.parametrize("way", [CloudinaryWebhook], indirect=True)
def test_an_event_of_a_kind_that_nobody_knows_is_kept(way: CloudinaryWebhook) -> None:
    """A vendor adds kinds: one that stops the queue stops every other, one that is dropped was a revocation."""
    unknown = way.body("f" * 32).replace(b'"upload"', b'"brand_new_kind"', 1)
    assert way.push(unknown) == 200
    held = way.hold(1)
    batch = way.ingest()
    assert (way.landed(), batch.quarantined) == (sorted({*held, "f" * 32}), 0)


@pytest.mark.parametrize("way", [ExstreamRest, GridRest], indirect=True, ids=listed)
def test_a_token_that_ends_in_mid_run_is_renewed_once(way: Way) -> None:
    """Long runs outlive tokens; a refusal of the fresh one, too, is wrong credentials and must not be repeated."""
    held = way.hold(5)
    source = way.source()
    source.extract(way.stream, None)
    way.later(hours=5)
    assert ingest_stream(source, way.stream, way.store, accept)[-1].claim.complete
    assert way.landed() == sorted(held)


@pytest.mark.parametrize("way", [CloudinaryWebhook], indirect=True)
def test_both_secrets_count_while_the_key_is_rotated(way: CloudinaryWebhook) -> None:
    """What was signed before the vendor switched comes after it; with a third secret anyone could sign."""
    secret = SecretStr(str(way.sandbox.cloudinary["api_secret"]))
    way.close()
    way.change(api_secret=SecretStr("the-new-secret"), previous_api_secret=secret)
    way.prepare()
    answers = [way.push(way.body(c * 32), used) for c, used in (("a", None), ("b", "the-new-secret"), ("c", "a-third"))]
    assert answers == [200, 200, 401]


SECRETS = {"cloudinary": "api_secret", "exstream": "client_secret", "trading_grid": "client_secret"}


@pytest.mark.parametrize("way", SERVED, indirect=True, ids=listed)
def test_a_secret_that_the_vendor_repeats_is_in_no_error_and_no_log(way: Way, caplog: pytest.LogCaptureFixture) -> None:
    """Vendors repeat in their refusals what they were sent; an error text ends up in a ticket."""
    secret = str(way.sandbox.endpoints[way.system][SECRETS[way.system]])
    way.change(**({"visibility_timeout_seconds": 1} if way.system == "cloudinary" else {}))
    way.hold(1)
    for status in (400, 403, 503):
        way.sandbox.turn(way.system, reset=True)
        way.turn(status=status, message=f"no right for {secret}", method="GET")
        with caplog.at_level(logging.DEBUG), pytest.raises(AssettrailError) as refusal:
            way.ingest()
        assert secret not in f"{refusal.value} {refusal.value!r} {refusal.value.__cause__}"
    assert secret not in caplog.text
    assert not [p for p in way.store.home.rglob("*") if p.is_file() and secret.encode() in p.read_bytes()]


@pytest.mark.parametrize("way", [GridMailbox], indirect=True)
def test_a_mailbox_that_refuses_says_so_without_its_password(
    way: GridMailbox, caplog: pytest.LogCaptureFixture
) -> None:
    """A mailbox that cannot be read must not look like an empty one; its password is in no message."""
    assert way.settings.trading_grid is not None
    assert way.settings.trading_grid.mailbox is not None
    wrong = way.settings.trading_grid.mailbox.model_copy(update={"password": SecretStr("canary-password")})
    way.change(mailbox=wrong)
    with caplog.at_level(logging.DEBUG), pytest.raises(AssettrailError, match="refuses") as refusal:
        way.ingest()
    assert "canary-password" not in str(refusal.value) + caplog.text
    assert way.mailbox.password not in caplog.text
