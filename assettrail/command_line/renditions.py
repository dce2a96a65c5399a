"""`assettrail corrections measure`, `measurements` and `push`: corrections that begin with measuring or a person."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assettrail.clock import clock_from
from assettrail.errors import ConfigurationError
from assettrail.output import print_facts, print_json, print_table
from assettrail.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corrections.renditions.measurements import Measurement


def measure(
    feedback: Annotated[
        list[str] | None, typer.Argument(help="Ids of open feedback; all that is an exception when absent.")
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(help="x,y,width,height in pixels of the original that a crop must keep; with one feedback id."),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure the renditions that partners complained of, and propose a better one where there is one.

    Candidates are fetched from Cloudinary and compared with the original and with what the partner has; what makes it
    worse is refused. Needs the token of a proposer or officer; another person approves exactly what was measured.
    """
    from corrections.people.acting import acting
    from corrections.renditions.improving import measure_feedback
    from corrections.renditions.measured import Region
    from publish.reading import current_snapshot

    settings = load_settings(connects=True)
    clock, snapshot = clock_from(settings), current_snapshot(settings.home)
    if region is not None and len(feedback or []) != 1:
        raise ConfigurationError(
            tried="to declare a region of interest",
            found=f"--region with {len(feedback or [])} feedback ids",
            expected="the id of the one feedback whose picture it is about",
            remedy="give the id; nothing was measured",
        )
    regions = {} if region is None else {one: Region.from_text(region) for one in feedback or []}
    by = acting(settings, clock, "proposer", "officer")
    found = measure_feedback(
        settings, clock, snapshot.database, snapshot.name, feedback_ids=feedback or None, regions=regions, by=by
    )
    _print(found, json_output=json_output)


def measurements(json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List what was last measured of each piece of feedback, and why nothing was proposed where nothing was."""
    from corrections.renditions.measurements import list_measurements

    _print(list_measurements(load_settings()), json_output=json_output)


def push(
    file: Annotated[Path, typer.Argument(help="The corrected file.")],
    asset: Annotated[str, typer.Option("--asset", help="Asset id, public id, etag, or SHA-256 of its bytes.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; stands in the proposal.")],
    new_public_id: Annotated[
        str | None,
        typer.Option("--new-public-id", help="Make a new asset of this name, and leave the old one as it is."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show before and after; keep and propose nothing.")
    ] = False,
) -> None:
    """Propose a corrected file as an asset's new version in Cloudinary, or as a new asset beside it.

    Needs the token of a proposer or officer; another person approves it, and the next run uploads it once. The pushed
    bytes are approved for nobody by that: until they are approved in Cloudinary, no partner is given them.
    """
    from corrections.in_words import after_of, before_of
    from corrections.people.acting import acting
    from corrections.pushing.proposing import push_file
    from publish.reading import current_snapshot

    settings = load_settings(connects=True)
    clock, snapshot = clock_from(settings), current_snapshot(settings.home)
    by = None if dry_run else acting(settings, clock, "proposer", "officer")
    pushed = push_file(
        settings, clock, snapshot.database, snapshot.name, file, asset, reason, by=by, new_public_id=new_public_id
    )
    print_facts(
        {
            "asset": f"{pushed.difference.public_id} ({pushed.difference.asset_id})",
            "before": before_of(pushed.difference),
            "after": after_of(pushed.difference),
            "correction": None if dry_run else pushed.difference.correction_key,
            "difference hash": pushed.difference.hash,
            "outcome": f"{pushed.outcome}{'' if pushed.state is None else f', {pushed.state}'}",
        }
    )


def _print(found: "Iterable[Measurement]", *, json_output: bool) -> None:
    rows = list(found)
    if json_output:
        print_json([one.as_dict() for one in rows])
        return
    print_table(
        ["feedback", "measured", "outcome", "why"],
        [(one.feedback_id, one.measured_at, one.outcome, one.reason) for one in rows],
    )
