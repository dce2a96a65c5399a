"""`assettrail backfill`: past days of a stream read again, landed once."""

from datetime import datetime
from typing import Annotated

import typer

from assettrail.output import print_table
from assettrail.settings import load_settings


def backfill(
    stream: Annotated[str, typer.Argument(help="The stream, as system/stream.")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day, in UTC.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, in UTC, included.")],
) -> None:
    """Read past days of one stream again; the stream goes on where it was, and nothing lands twice.

    For streams whose source can be asked for days: Exstream's by the days of jobs, Trading Grid's and
    cloudinary/resources by the time of change. The same as Dagster partitions: the jobs backfill_cloudinary,
    backfill_exstream and backfill_trading_grid. An error where a batch is held or where calls did not suffice.
    """
    from assettrail.clock import clock_from
    from ingest.backfill import ReadDays, backfill_stream, days_of, refuse_without_windows, split_name
    from ingest.landing_store import LandingStore
    from ingest.sources import open_source
    from quality.gate import great_expectations_gate

    system, name = split_name(stream)
    refuse_without_windows(system, name)
    settings = load_settings(connects=True)
    store = LandingStore.open(settings, clock_from(settings))
    window = days_of(first.date(), last.date(), store.clock.now())
    landed = backfill_stream(open_source(settings, system, store), name, window, store, great_expectations_gate)
    print_table(
        ["batch", "new rows", "unreadable", "outcome", "complete", "claim"],
        [
            (each.load_id, each.rows, each.unreadable, each.outcome, each.claim.complete, each.claim.detail)
            for each in landed
        ],
    )
    days = ReadDays(store, system, window)
    days.counts(name, landed)
    days.refuse_unread()
