"""`assettrail diff`: what changed between two snapshots, and which late record changed it.

Here belongs its form, in text and as JSON. What is compared is `publish.difference`, what explains a change
`publish.late_records`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assettrail.errors import ContractBroken
from assettrail.output import print_json, text_of
from assettrail.settings import load_settings

if TYPE_CHECKING:
    from ingest.ledger import LoggedBatch
    from publish.difference import RowDifference, TableDifference
    from publish.late_records import LateRecord
    from publish.reading import Snapshot

TOLD_COLUMNS = 6
TOLD_RECORDS = 3
LONGEST_VALUE = 60
_HASH = re.compile(r"[0-9a-f]{32,}")
Name = Annotated[str, typer.Argument(help="A published or labelled snapshot; `current` is the current one.")]
Late = Mapping[tuple[str, str], list["LateRecord"]]


def diff(
    first: Name,
    second: Name,
    rows: Annotated[int, typer.Option(min=0, help="At most so many rows of each table in text.")] = 10,
    json_output: Annotated[bool, typer.Option("--json", help="Print every row as JSON.")] = False,
) -> None:
    """Say what changed from one snapshot to another, row by row, and which records that came in between changed it.

    Log indexes are no content, and claims are told as a whole. Needs the public key of the log only.
    """
    from evidence.keys import load_verification_key
    from evidence.log_reader import LogReader
    from ingest.landing_store import LandingFolders
    from publish.difference import both_open, compare
    from publish.late_records import became_known, late_records

    settings = load_settings()
    before, after = _opened(settings.home, first), _opened(settings.home, second)
    log = LogReader(settings.home / "log", load_verification_key(settings.keys.folder))
    batches = became_known(log, known_entries(before), known_entries(after))
    with both_open(before, after) as connection:
        tables = compare(connection, before, after)
        keys = {**(before.manifest.get("keys") or {}), **(after.manifest.get("keys") or {})}
        late = late_records(connection, tables, keys, LandingFolders(settings.home), batches)
    if json_output:
        print_json(as_json(before, after, tables, late, batches))
        return
    for line in in_words(before, after, tables, late, batches, rows):
        typer.echo(line)


def known_entries(snapshot: "Snapshot") -> int:
    """Return how many entries of the log a snapshot was made from. Raises ContractBroken where it does not tell."""
    log = snapshot.manifest.get("log") or {}
    size = log.get("read_entries") or log.get("size")
    if not isinstance(size, int):
        raise ContractBroken(
            tried=f"to tell what the snapshot {snapshot.name} knew",
            found="a manifest without the size of the log",
            expected="the manifest that was written with the snapshot",
            remedy="run `assettrail log verify --all`: the snapshot was changed",
        )
    return size


def as_json(
    before: "Snapshot",
    after: "Snapshot",
    tables: list["TableDifference"],
    late: Late,
    batches: list["LoggedBatch"],
) -> dict[str, Any]:
    """Return the whole difference as plain values."""
    from publish.late_records import claims_of
    from publish.origin import made_differently

    return {
        "first": _facts(before),
        "second": _facts(after),
        "made_differently": made_differently(before.manifest, after.manifest),
        "claims_between": [asdict(each) for each in claims_of(batches)],
        "tables": [
            {
                "table": table.table,
                "key": table.key,
                "note": table.note,
                **table.counts(),
                "columns_only_in_first": table.columns_before,
                "columns_only_in_second": table.columns_after,
                "rows": [_row_as_json(row, late.get((table.table, row.key), [])) for row in table.rows],
            }
            for table in tables
        ],
    }


def in_words(
    before: "Snapshot",
    after: "Snapshot",
    tables: list["TableDifference"],
    late: Late,
    batches: list["LoggedBatch"],
    most: int,
) -> Iterator[str]:
    """Give the difference line by line, at most so many rows of each table."""
    from publish.late_records import claims_of
    from publish.origin import made_differently

    for word, snapshot in (("from", before), ("to", after)):
        facts = _facts(snapshot)
        known = f", as known at {facts['as_known_at']}" if facts["as_known_at"] else ", published"
        yield f"{word.ljust(4)} {snapshot.name}: {facts['known_entries']} entries of the log{known}"
    versions = made_differently(before.manifest, after.manifest)
    if versions is None:
        yield "one of them does not tell what made it: a change may come from other models or settings"
    elif versions:
        yield f"made by different versions, which may have changed more than records did: {'; '.join(versions)}"
    for claims in claims_of(batches):
        yield (
            f"between them: {claims.system}/{claims.stream}, {claims.claims} claim(s), {claims.rows} row(s), "
            f"claimed until {text_of(claims.window_to)}"
        )
    if not tables:
        yield "nothing changed"
    for table in tables:
        yield from _table_in_words(table, late, most, is_made_alike=versions == ())


def _table_in_words(table: "TableDifference", late: Late, most: int, *, is_made_alike: bool) -> Iterator[str]:
    from publish.difference import RULES

    counts = ", ".join(f"{count} {what}" for what, count in table.counts().items())
    yield ""
    yield f"{table.table}: {table.note or counts}"
    for word, columns in (("first", table.columns_before), ("second", table.columns_after)):
        if columns:
            yield f"  only the {word} has the column(s) {', '.join(columns)}"
    ordered = [*table.of("changed"), *table.of("removed"), *table.of("added")]
    for row in ordered[:most]:
        yield f"  {row.what} {_label(row)}{_changes(row)}"
        # No record brings a rule: what made the two differently, above, names it.
        records = late.get((table.table, row.key), [])
        causes: Iterable[str] = [] if table.table.startswith(RULES) else _causes(records, is_made_alike=is_made_alike)
        yield from (f"    {line}" for line in causes)
    if len(ordered) > most:
        yield f"  and {len(ordered) - most} more: --rows, or --json for all"


def _label(row: "RowDifference") -> str:
    """The row as people name it: the first id that it has, and of a hash the beginning; words stand as they are."""
    values = row.after or row.before or {}
    named = next((value for name, value in values.items() if "_id" in name and value is not None), None)
    if named is not None:
        return f"{text_of(named)} ({row.key[:12]})"
    return row.key[:16] if _HASH.fullmatch(row.key) else text_of(row.key)


def _changes(row: "RowDifference") -> str:
    told = []
    for column in row.columns[:TOLD_COLUMNS]:
        was, becomes = (text_of(value)[:LONGEST_VALUE] for value in row.values(column))
        told.append(f"{column} {was} → {becomes}")
    more = len(row.columns) - len(told)
    return (": " + "; ".join(told) + (f"; and {more} more" if more else "")) if told else ""


def _causes(records: list["LateRecord"], *, is_made_alike: bool) -> Iterator[str]:
    if not records:
        others = "claims, or what it rests on," if is_made_alike else "claims, what it rests on, or what made the two"
        yield f"no record that came in between concerns it: {others} changed it"
    for record in records[:TOLD_RECORDS]:
        by, at = text_of(record.decided_by), text_of(record.decided_at)
        accepted = f", accepted by {by} {at}" if record.decided_by else ""
        rows = f", {record.rows} row(s) name it" if record.rows else ""
        yield (
            f"{'by' if record.why == 'evidence' else 'see'} entry {record.log_index}, {record.system}/{record.stream}, "
            f"batch {record.load_id}, logged {text_of(record.logged_at)}{accepted}{rows}"
        )
    if len(records) > TOLD_RECORDS:
        yield f"and {len(records) - TOLD_RECORDS} more entries"


def _row_as_json(row: "RowDifference", records: list["LateRecord"]) -> dict[str, Any]:
    changed = {column: dict(zip(("before", "after"), row.values(column), strict=True)) for column in row.columns}
    whole = {} if row.what == "changed" else {"row": row.after or row.before}
    return {
        "what": row.what,
        "key": row.key,
        **({"columns": changed} if changed else whole),
        "late_records": [asdict(record) for record in records],
    }


def _facts(snapshot: "Snapshot") -> dict[str, Any]:
    return {
        "snapshot": snapshot.name,
        "known_entries": known_entries(snapshot),
        "as_known_at": snapshot.manifest.get("as_known_at"),
        "data_until": snapshot.manifest.get("data_until"),
    }


def _opened(home: Path, name: str) -> "Snapshot":
    from publish.reading import current_snapshot, open_snapshot

    return current_snapshot(home) if name == "current" else open_snapshot(home, name)
