"""The claims of the command line and those of the mart: one log, one answer."""

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import duckdb

from ingest.batches import decide
from ingest.claims import ClaimLine, periods_of, read_claims
from ingest.extract import Claim, Extract, Quarantined
from ingest.landing import land
from ingest.projection import project_log
from reports.completeness import read_coverage
from tests.dbt.conftest import dbt
from tests.unit.landing.stores import EVENTS, NOON, STATES, accept, access, community, hold, open_store, rows_of

DAY = timedelta(days=1)
COLUMNS = (
    "_log_index, system_code, stream_name, window_from, window_to, is_complete, how, detail, row_count, "
    "quarantined_count, outcome, logged_at"
)


def test_the_command_and_the_mart_tell_the_same_claims(tmp_path: Path) -> None:
    """Two answers to "is this day covered" would let each person believe the one that suits."""
    store = open_store(tmp_path)
    broken = Quarantined("https://grid.test/a", "ab" * 32, 7, "no kind", "cd" * 32)
    sound = Claim(None, NOON, True, "equal_counts", "two equal counts")
    later = Claim(NOON + DAY, NOON + 2 * DAY, True, "equal_counts", "two equal counts")
    last = Claim(NOON + 2 * DAY, NOON + 3 * DAY, False, "unknown", "the service changed while it was read")
    land(store, EVENTS, Extract(rows_of([access(1)]), [], sound, {"n": 1}), accept)
    land(store, EVENTS, Extract(rows_of([access(2)]), [broken], later, {"n": 2}), accept)
    land(store, EVENTS, Extract([], [], last, {"n": 3}), accept)
    missed = Claim(NOON + 3 * DAY, NOON + 4 * DAY, False, "known_gap", "the history of resource 7 is gone (404)")
    land(store, EVENTS, Extract([], [], missed, {"n": 4}), accept)
    land(store, STATES, Extract(rows_of([community(1)]), [], sound, None), accept)
    held = land(store, STATES, Extract(rows_of([community(2)]), [], later, None), hold)
    rejected = land(store, STATES, Extract(rows_of([community(3)]), [], last, None), hold)
    decide(store, str(rejected.load_id), "rejected", "Ann", "not one of ours")
    assert held.outcome == "held"
    project_log(store)
    (store.home / "warehouse").mkdir()
    done = dbt(tmp_path, "run", "--select", "stg_log__batches", "fct_claims", home=store.home)
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(store.home / "warehouse" / "build.duckdb"), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows = connection.execute(f"select {COLUMNS} from marts.fct_claims order by _log_index").fetchall()
        states = connection.execute("select state, reason from marts.fct_claims order by _log_index").fetchall()
        pages = {(each.system, each.stream): each.windows for each in read_coverage(connection)}
    assert len(COLUMNS.split(",")) == len(fields(ClaimLine))
    in_mart = [ClaimLine(*row) for row in rows]
    assert states == [(claim.state, claim.reason) for claim in in_mart]
    assert {state for state, _ in states} == {"complete", "incomplete", "unknown"}
    told = read_claims(store.ledger)
    assert in_mart == sorted((claim for own in told for claim in own.claims), key=lambda claim: claim.log_index)
    for own in told:
        mine = [claim for claim in in_mart if (claim.system, claim.stream) == (own.system, own.stream)]
        assert periods_of(mine) == own.periods
        complete = [(each.start, each.end) for each in own.periods if each.state == "complete"]
        assert list(pages.get((own.system, own.stream), ())) == complete
