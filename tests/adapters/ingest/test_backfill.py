"""Past days read again from the stand-ins: landed once, the cursor where it was, a claim for the window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from cloudinary import api, uploader
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG
from typer.testing import CliRunner

from assettrail.command_line.application import application
from assettrail.errors import AssettrailError, ConfigurationError, ContractBroken, PermanentSourceError
from assettrail.settings import Settings
from evidence.leaves import FailedExpectation
from ingest.backfill import backfill_stream, days_of, first_day_of_jobs, refuse_without_windows, split_name
from ingest.batches import decide, list_batches
from ingest.cloudinary import past_windows
from ingest.exstream import run_files
from ingest.exstream.drop_folder import open_drop_folder
from ingest.extract import DayWindow
from ingest.landing import GateOutcome, LandedBatch
from ingest.landing_store import LandingStore
from ingest.run import ingest_stream
from ingest.schema import StreamSchema
from ingest.sources import open_source
from tests.adapters.ingest.stand_ins import Sandbox, accept, land_all, landed_rows
from tests.adapters.ingest.test_exstream_source import letters

Fresh = Callable[[str], str]


def day(number: int) -> date:
    return date(2026, 2, number)


def window(first: int, last: int) -> DayWindow:
    return days_of(day(first), day(last), datetime(2026, 3, 1, tzinfo=UTC))


def runs_on(sandbox: Sandbox, settings: Settings, days: list[int], stem: str) -> None:
    """One run of two letters on each day."""
    assert settings.exstream is not None
    for number in days:
        sandbox.set_clock(f"2026-02-{number:02}T08:00:00Z")
        sandbox.run_exstream(settings.exstream.domains[0], "statements", letters(f"{stem}-{number}", 2))


def again(settings: Settings, store: LandingStore, system: str, stream: str, days: DayWindow) -> list[LandedBatch]:
    return backfill_stream(open_source(settings, system, store), stream, days, store, accept)


def test_days_of_jobs_that_were_lost_land_again_and_only_those(
    sandbox: Sandbox, settings: Settings, store: LandingStore, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window that was read while half of it was missing has no other way back than to be asked for again."""
    stem = fresh("COM")
    sandbox.turn("exstream", path="artifact", status=404, times=1)
    runs_on(sandbox, settings, [3, 5, 8], stem)
    sandbox.set_clock("2026-02-10T08:00:00Z")
    regular = land_all(open_source(settings, "exstream", store), store)["communications"][-1]
    lost = {row["communication_id"] for row in landed_rows(store, "exstream", "communications")}
    assert (len(lost), regular.claim.complete) == (4, False)
    cursor = store.cursor("exstream", "communications")
    nothing = again(settings, store, "exstream", "communications", window(5, 8))
    assert [batch.rows for batch in nothing] == [0]
    landed = again(settings, store, "exstream", "communications", window(3, 4))
    assert [batch.rows for batch in landed] == [2]
    assert (landed[-1].claim.window_from, landed[-1].claim.window_to) == (
        datetime(2026, 2, 3, tzinfo=UTC),
        datetime(2026, 2, 5, tzinfo=UTC),
    )
    assert "backfill of 2026-02-03 to 2026-02-04" in landed[-1].claim.detail
    assert [batch.rows for batch in again(settings, store, "exstream", "communications", window(1, 9))] == [0]
    assert store.cursor("exstream", "communications") == cursor
    monkeypatch.setattr(run_files, "ROWS_PER_BATCH", 1)
    parts = again(settings, store, "exstream", "asset_uses", window(1, 9))
    assert [batch.claim.complete for batch in parts[:-1]] == [False] * (len(parts) - 1)
    assert len(parts) > 1


def test_a_window_is_complete_only_up_to_where_the_stream_itself_has_come(
    sandbox: Sandbox, settings: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """The reports take the end of the last complete claim for the end of what is known: a backfill ahead would lie."""
    runs_on(sandbox, settings, [3, 5], fresh("COM"))
    ahead = again(settings, store, "exstream", "communications", window(3, 3))[-1]
    assert (ahead.rows, ahead.claim.complete) == (2, False)
    assert "run `assettrail ingest exstream` first" in ahead.claim.detail
    sandbox.set_clock("2026-02-10T08:00:00Z")
    land_all(open_source(settings, "exstream", store), store)
    inside = again(settings, store, "exstream", "communications", window(3, 5))[-1]
    assert (inside.rows, inside.claim.complete, inside.claim.how) == (0, True, "equal_counts")
    beyond = again(settings, store, "exstream", "communications", window(3, 20))[-1]
    assert not beyond.claim.complete


def test_a_job_that_began_long_before_the_window_is_listed(
    sandbox: Sandbox, settings: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """A job of three weeks composes on days on which it did not start."""
    runs_on(sandbox, settings, [3], fresh("COM"))
    land_all(open_source(settings, "exstream", store), store)
    two_days = timedelta(days=2)
    assert first_day_of_jobs(store, window(20, 21), two_days) == day(18)
    assert first_day_of_jobs(store, window(3, 3), two_days) == day(1)
    (job,) = landed_rows(store, "exstream", "jobs")
    ended = datetime.fromtimestamp(int(job["end_at_raw"]) / 1000, UTC)
    later = DayWindow(ended, ended + timedelta(days=1))
    assert first_day_of_jobs(store, later, timedelta()) == day(3)


def test_objects_of_trading_grid_are_read_by_the_time_of_their_change(
    sandbox: Sandbox, settings: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """The service takes no end of a window: what was changed later must not be claimed for it."""
    names = {number: fresh("nord") for number in (3, 5, 8)}
    for number, name in names.items():
        sandbox.set_clock(f"2026-02-{number:02}T08:00:00Z")
        sandbox.write_trading_grid("communities", {"communityId": name, "name": name})
    sandbox.set_clock("2026-02-10T08:00:00Z")
    (batch,) = again(settings, store, "trading_grid", "communities", window(5, 7))
    assert [row["community_id"] for row in landed_rows(store, "trading_grid", "communities")] == [names[5]]
    assert batch.claim.detail.startswith(
        "backfill of 2026-02-05 to 2026-02-07: 2 objects changed since then, 1 of them"
    )
    land_all(open_source(settings, "trading_grid", store), store)
    cursor = store.cursor("trading_grid", "communities")
    (batch,) = again(settings, store, "trading_grid", "communities", window(1, 9))
    assert (batch.rows, batch.claim.complete) == (0, True)
    assert store.cursor("trading_grid", "communities") == cursor
    assert settings.trading_grid is not None


@pytest.fixture
def told(sandbox: Sandbox, settings: Settings) -> Settings:
    """The installation's channel is told of everything from 1 February on."""
    assert settings.cloudinary is not None
    sandbox.set_clock("2026-02-01T00:00:00Z")
    sandbox.create_triggers(settings.cloudinary.poll_channel)
    return settings


def uploads(sandbox: Sandbox, days: list[int]) -> dict[int, str]:
    """One asset that is uploaded on each day; their ids."""
    made = {}
    for number in days:
        sandbox.set_clock(f"2026-02-{number:02}T08:00:00Z")
        made[number] = str(sandbox.upload(f"asset-{number}", "red")["asset_id"])
    return made


def test_assets_of_cloudinary_are_read_by_their_last_update(
    sandbox: Sandbox, told: Settings, store: LandingStore
) -> None:
    """Days that were lost with a rejected batch would otherwise come with the next full listing, a week later."""
    made = uploads(sandbox, [3, 5, 8])
    sandbox.set_clock("2026-02-09T08:00:00Z")
    uploader.add_tag("spring", ["asset-3"], **sandbox.cloudinary)
    sandbox.set_clock("2026-02-10T08:00:00Z")
    (ahead,) = again(told, store, "cloudinary", "resources", window(5, 7))
    assert [row["asset_id"] for row in landed_rows(store, "cloudinary", "resources")] == [made[5]]
    assert "run `assettrail ingest cloudinary` first" in ahead.claim.detail
    (own,) = ingest_stream(open_source(told, "cloudinary", store), "resources", store, accept)
    assert (own.rows, own.claim.complete) == (2, True)
    cursor = store.cursor("cloudinary", "resources")
    uploader.add_tag("summer", ["asset-8"], **sandbox.cloudinary)
    (batch,) = again(told, store, "cloudinary", "resources", window(3, 8))
    assert (batch.rows, batch.claim.complete, batch.claim.how) == (1, True, "end_marker"), "what was tagged meanwhile"
    assert "backfill of 2026-02-03 to 2026-02-08: 3 assets uploaded or last updated in it" in batch.claim.detail
    ends = (batch.claim.window_from, batch.claim.window_to)
    assert ends == (datetime(2026, 2, 3, tzinfo=UTC), datetime(2026, 2, 9, tzinfo=UTC))
    (updated,) = again(told, store, "cloudinary", "resources", window(9, 9))
    assert (updated.rows, updated.claim.complete) == (0, True)
    assert ": 1 assets" in updated.claim.detail
    (today,) = again(told, store, "cloudinary", "resources", days_of(day(10), day(10), store.clock.now()))
    assert today.claim.window_to == datetime(2026, 2, 10, 7, 59, tzinfo=UTC), "the index lags"
    assert store.cursor("cloudinary", "resources") == cursor


def test_what_the_search_index_does_not_show_is_read_by_its_notification(
    sandbox: Sandbox, told: Settings, store: LandingStore
) -> None:
    """A rejection has no time in the index: the day on which it happened would be claimed without it."""
    sandbox.set_clock("2026-02-03T08:00:00Z")
    asset = sandbox.upload("hero", "red", moderation="manual")["asset_id"]
    source = open_source(told, "cloudinary", store)
    ingest_stream(source, "resources", store, accept)
    sandbox.set_clock("2026-02-05T08:00:00Z")
    api.update("hero", moderation_status="rejected", **sandbox.cloudinary)
    ingest_stream(source, "notifications", store, accept)
    sandbox.set_clock("2026-02-10T08:00:00Z")
    assert [batch.rows for batch in again(told, store, "cloudinary", "resources", window(4, 4))] == [0]
    (batch,) = again(told, store, "cloudinary", "resources", window(5, 5))
    assert (batch.rows, batch.claim.complete) == (1, False), "the stream's own reading has not come so far"
    newest = landed_rows(store, "cloudinary", "resources")[-1]
    assert (newest["asset_id"], newest["moderation_status"]) == (asset, "rejected")


def test_days_before_a_trigger_of_cloudinary_are_no_complete_days(
    sandbox: Sandbox, told: Settings, store: LandingStore
) -> None:
    """Who asks for old days gets what is there, and not the claim that nothing else happened."""
    uploads(sandbox, [3])
    for trigger in api.triggers(**sandbox.cloudinary)["triggers"]:
        if trigger["event_type"] == "move":
            api.delete_trigger(trigger["id"], **sandbox.cloudinary)
    assert told.cloudinary is not None
    sandbox.set_clock("2026-02-04T00:00:00Z")
    api.create_trigger(f"poll://{told.cloudinary.poll_channel}", "move", uri_type="poll", **sandbox.cloudinary)
    sandbox.set_clock("2026-02-10T08:00:00Z")
    ingest_stream(open_source(told, "cloudinary", store), "resources", store, accept)
    seen, gap = again(told, store, "cloudinary", "resources", window(3, 5))
    made = datetime(2026, 2, 4, tzinfo=UTC)
    assert (seen.claim.complete, seen.claim.window_from) == (True, made)
    assert (gap.claim.complete, gap.claim.how, gap.claim.window_to) == (False, "known_gap", made)
    assert "a change of folder may be seen by the next full listing only" in gap.claim.detail


def test_days_of_cloudinary_keep_to_the_hours_budget(
    sandbox: Sandbox, told: Settings, store: LandingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A year that is read again must not take the calls of the production site, nor lose what it had read by then."""
    monkeypatch.setattr(past_windows, "IDS_PER_CALL", 1)
    monkeypatch.setattr(past_windows, "CALLS_PER_BATCH", 1)
    made = uploads(sandbox, [3, 4, 5])
    sandbox.turn("cloudinary", rate_limit=5)
    sandbox.set_clock("2026-02-10T09:00:00Z")
    *parts, last = again(told, store, "cloudinary", "resources", window(3, 5))
    assert [batch.rows for batch in parts] == [1, 1]
    assert (last.rows, last.claim.complete, last.claim.how) == (0, False, "known_gap")
    assert "2 of 3 assets; the budget of calls is used up" in last.claim.detail
    assert {row["asset_id"] for row in landed_rows(store, "cloudinary", "resources")} < set(made.values())
    sandbox.turn("cloudinary", rate_limit=2000)
    sandbox.set_clock("2026-02-10T10:00:00Z")
    assert sum(batch.rows for batch in again(told, store, "cloudinary", "resources", window(3, 5))) == 1
    sandbox.turn("cloudinary", status=403, path="/resources/search")
    with pytest.raises(PermanentSourceError, match="it lists everything"):
        again(told, store, "cloudinary", "resources", window(3, 5))


@pytest.mark.parametrize(
    ("stream", "instead"),
    [("notifications", "assettrail quarantine replay"), ("asset_details", "assettrail ingest cloudinary")],
)
def test_a_source_without_days_is_refused_with_what_can_be_done(stream: str, instead: str) -> None:
    """An empty answer to "read March again" would be taken for "there was nothing in March"."""
    with pytest.raises(ContractBroken, match=instead):
        refuse_without_windows("cloudinary", stream)


def test_days_that_cannot_be_read_are_refused(settings: Settings, store: LandingStore, tmp_path: Path) -> None:
    """A claim about days to come, or about a window that ends before it begins, is no evidence."""
    now = datetime(2026, 2, 10, 8, tzinfo=UTC)
    assert days_of(day(10), day(12), now).end == now
    for first, last in ((12, 12), (5, 4)):
        with pytest.raises(ConfigurationError, match="correct --from and --to"):
            days_of(day(first), day(last), now)
    with pytest.raises(ContractBroken, match="no stream of that name"):
        split_name("exstream/letters")
    folder = open_drop_folder(settings, store, tmp_path)
    with pytest.raises(ContractBroken, match="cannot be asked for days"):
        backfill_stream(folder, "communications", window(1, 2), store, accept)
    with pytest.raises(ContractBroken, match="assettrail ingest trading_grid --folder PATH"):
        again(settings, store, "trading_grid", "functional_acknowledgements", window(1, 2))


def test_the_command_and_the_partition_land_the_same_window(
    sandbox: Sandbox, settings: Settings, store: LandingStore, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two ways to the same window that differ would make it depend on who asked."""
    from orchestration.definitions import defs

    name = fresh("nord")
    sandbox.set_clock("2026-02-05T08:00:00Z")
    sandbox.write_trading_grid("communities", {"communityId": name, "name": name})
    sandbox.set_clock("2026-02-10T08:00:00Z")
    section = settings.trading_grid
    assert section is not None
    written = {"HOME": settings.home, "KEYS__FOLDER": settings.keys.folder, "CLOCK_URL": settings.clock_url}
    service = {"BASE_URL": section.base_url, "TOKEN_URL": section.token_url, "CLIENT_ID": section.client_id}
    written |= {f"TRADING_GRID__{key}": value for key, value in service.items()}
    written["TRADING_GRID__CLIENT_SECRET"] = section.secret.get_secret_value()
    for key, value in written.items():
        monkeypatch.setenv(f"ASSETTRAIL_{key}", str(value))
    words = ["backfill", "trading_grid/communities", "--from", "2026-02-05", "--to", "2026-02-05"]
    shown = CliRunner().invoke(application, words, catch_exceptions=False)
    assert shown.exit_code == 0, shown.stdout
    assert [row["community_id"] for row in landed_rows(store, "trading_grid", "communities")] == [name]
    with dg.DagsterInstance.ephemeral() as instance:
        run = defs.resolve_job_def("backfill_trading_grid").execute_in_process(
            partition_key="2026-02-05", instance=instance
        )
        events = {
            event.asset_key.path[-1]: event.materialization.metadata["claim"].value
            for event in run.get_asset_materialization_events()
            if event.asset_key is not None
        }
    assert "publications" in events
    store.ledger.refresh()
    by_command, by_partition = store.ledger.of_stream("trading_grid", "communities")
    assert by_partition.leaf.rows == 0
    assert by_command.leaf.claim.window_from == by_partition.leaf.claim.window_from
    assert by_command.leaf.claim.window_to == by_partition.leaf.claim.window_to
    with pytest.raises(AssettrailError, match="cannot be asked for days"):
        CliRunner().invoke(application, ["backfill", "cloudinary/usage", *words[2:]], catch_exceptions=False)


def connect(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Let what reads the environment be an installation that has Cloudinary alone."""
    section = settings.cloudinary
    assert section is not None
    written = {"HOME": settings.home, "KEYS__FOLDER": settings.keys.folder, "CLOCK_URL": settings.clock_url}
    names = ("cloud_name", "api_key", "upload_prefix", "poll_channel")
    written |= {f"CLOUDINARY__{name.upper()}": getattr(section, name) for name in names}
    written["CLOUDINARY__API_SECRET"] = section.secret.get_secret_value()
    for key, value in written.items():
        monkeypatch.setenv(f"ASSETTRAIL_{key}", str(value))


def test_the_command_and_the_partition_of_cloudinary_land_the_same_day(
    sandbox: Sandbox, told: Settings, store: LandingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The partition is what an engineer sees and starts: one that reads nothing would show a day as read."""
    from orchestration.definitions import defs

    made = uploads(sandbox, [5])
    sandbox.set_clock("2026-02-10T08:00:00Z")
    connect(monkeypatch, told)
    words = ["backfill", "cloudinary/resources", "--from", "2026-02-05", "--to", "2026-02-05"]
    shown = CliRunner().invoke(application, words, catch_exceptions=False)
    assert shown.exit_code == 0, shown.stdout
    with dg.DagsterInstance.ephemeral() as instance:
        run = defs.resolve_job_def("backfill_cloudinary").execute_in_process(
            partition_key="2026-02-05", instance=instance
        )
        (event,) = run.get_asset_materialization_events()
    assert event.asset_key == dg.AssetKey(["backfill", "cloudinary", "resources"])
    assert [row["asset_id"] for row in landed_rows(store, "cloudinary", "resources")] == [made[5]]
    store.ledger.refresh()
    by_command, by_partition = store.ledger.of_stream("cloudinary", "resources")
    assert (by_command.leaf.rows, by_partition.leaf.rows) == (1, 0)
    assert by_command.leaf.claim == by_partition.leaf.claim


def hold_everything(_schema: StreamSchema, _path: Path) -> GateOutcome:
    return GateOutcome("held", 1, (FailedExpectation("an asset has a name", "public_id", 1, ("a" * 64,)),))


def test_days_that_were_not_read_are_not_shown_as_read(
    sandbox: Sandbox, told: Settings, store: LandingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day for which there were no calls, or whose batch nobody has decided on, was green: nobody read it again."""
    from orchestration.definitions import defs

    connect(monkeypatch, told)
    monkeypatch.setattr(past_windows, "IDS_PER_CALL", 1)
    monkeypatch.setattr(past_windows, "CALLS_PER_BATCH", 1)
    made = uploads(sandbox, [3, 4, 5])
    job = defs.resolve_job_def("backfill_cloudinary")
    days = {ASSET_PARTITION_RANGE_START_TAG: "2026-02-03", ASSET_PARTITION_RANGE_END_TAG: "2026-02-05"}
    words = ["backfill", "cloudinary/resources", "--from", "2026-02-03", "--to", "2026-02-05"]
    with dg.DagsterInstance.ephemeral() as instance:
        sandbox.turn("cloudinary", rate_limit=5)
        sandbox.set_clock("2026-02-10T09:00:00Z")
        run = job.execute_in_process(tags=days, instance=instance, raise_on_error=False)
        assert (run.success, run.get_asset_materialization_events()) == (False, [])
        assert "the budget of calls is used up" in failure_of(run)
        with pytest.raises(AssettrailError, match="the budget of calls is used up"):
            CliRunner().invoke(application, words, catch_exceptions=False)
        assert len(landed_rows(store, "cloudinary", "resources")) == 2, "what was read has landed"
        sandbox.turn("cloudinary", rate_limit=2000)
        sandbox.set_clock("2026-02-10T10:00:00Z")
        monkeypatch.setattr("orchestration.backfill.great_expectations_gate", hold_everything)
        run = job.execute_in_process(tags=days, instance=instance, raise_on_error=False)
        assert (run.success, run.get_asset_materialization_events()) == (False, [])
        assert "1 batch(es) held at the landing gate" in failure_of(run)
        monkeypatch.undo()
        connect(monkeypatch, told)
        run = job.execute_in_process(tags=days, instance=instance, raise_on_error=False)
        assert (run.success, run.get_asset_materialization_events()) == (False, []), "nobody has decided on it"
        (held,) = (batch for batch in list_batches(store) if batch.outcome == "held")
        decide(store, str(held.load_id), "accepted", "tests", "looked at it")
        run = job.execute_in_process(tags=days, instance=instance)
        shown = {event.partition for event in run.get_asset_materialization_events()}
    assert shown == {"2026-02-03", "2026-02-04", "2026-02-05"}
    assert {row["asset_id"] for row in landed_rows(store, "cloudinary", "resources")} == set(made.values())


def failure_of(run: dg.ExecuteInProcessResult) -> str:
    """What the run's failed step says."""
    (failed,) = [event for event in run.all_events if event.is_step_failure]
    return str(failed.step_failure_data.error)
