"""`assettrail claims`: which periods of a stream are complete, which are not and why, and which nobody speaks of."""

from typing import TYPE_CHECKING, Annotated

import typer

from assettrail.output import print_json, print_table
from assettrail.settings import load_settings

if TYPE_CHECKING:
    from ingest.claims import StreamClaims


def claims(
    stream: Annotated[str | None, typer.Option(help="One stream, as system/stream; all if absent.")] = None,
    each: Annotated[bool, typer.Option("--each", help="Every single claim instead of unbroken periods.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON: periods and claims.")] = False,
) -> None:
    """Show per stream which periods are complete, incomplete (and why) or unknown, and the gaps between claims.

    Read from the log with the public key only; times are UTC. marts.fct_claims has the same claims as a table.
    """
    from evidence.keys import load_verification_key
    from evidence.log_reader import LogReader
    from ingest.claims import read_claims
    from ingest.ledger import Ledger

    settings = load_settings()
    log = LogReader(settings.home / "log", load_verification_key(settings.keys.folder))
    found = read_claims(Ledger(log), stream)
    if json_output:
        print_json(
            [
                {
                    "stream": own.label,
                    "periods": [
                        {**vars(period), "days": period.days if period.state == "no claim" else None}
                        for period in own.periods
                    ],
                    "claims": [{**vars(claim), "state": claim.state, "reason": claim.reason} for claim in own.claims],
                }
                for own in found
            ]
        )
        return
    if each:
        print_table(
            ["log index", "stream", "from", "to", "state", "rows", "how we know, or why not"],
            [
                (line.log_index, own.label, line.window_from, line.window_to, line.state, line.row_count, line.reason)
                for own in found
                for line in own.claims
            ],
        )
        return
    print_table(
        ["stream", "from", "to", "state", "how we know, or why not"],
        [row for own in found for row in _period_rows(own)],
    )


def _period_rows(own: "StreamClaims") -> list[tuple[object, ...]]:
    if not own.periods:
        return [(own.label, None, None, "no claim", "never ingested")]
    return [
        (own.label, each.start, each.end, each.state, f"{each.reason} ({len(each.days)} day(s))")
        if each.state == "no claim"
        else (own.label, each.start, each.end, each.state, each.reason)
        for each in own.periods
    ]
