"""What whole listings of the account's configuration lack: fields, transformations and upload presets that are gone.

Here belongs the comparison of a listing that was read to its last page with the states that landed. One is gone that
this listing and a second one, read at once, both lack: what slips from page to page while others are deleted is there.
A listing of which a record was refused ends nothing. The row of one that is gone repeats what was said of it last and
has `is_absent`; one that is listed again lands as any other state. Not here: assets (`absences`).
Why so: docs/decisions/0065-what-the-configuration-lacks-is-gone.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ingest.cloudinary.access import Access
from ingest.cloudinary.landed import SYSTEM
from ingest.cloudinary.page import Page
from ingest.reading import Reading
from ingest.schema import stream_schema
from ingest.strict import canonical_json

NOT_SURE = "a listing lacks what landed before and is not known to be whole: it is read again"
"""Why a window is not complete in which nobody knows what is gone."""


def add_absent(
    access: Access, stream: str, pages: Sequence[Page], list_again: Callable[[], Sequence[Page]], reading: Reading
) -> int | None:
    """Add a row for each landed object that both listings lack; how many, or None where nobody is sure.

    `pages` is the listing that `reading` was read from; `list_again` reads it anew, only where something is lacking.
    Raises what that raises.
    """
    if reading.quarantined:
        return 0
    (key,) = stream_schema(SYSTEM, stream).key
    listed = _keys(pages, key)
    lacking = [
        state for state in access.landed.newest_states(stream) if not state["is_absent"] and state[key] not in listed
    ]
    if not lacking:
        return 0
    if not _is_whole(pages, key):
        return None
    again = list_again()
    if not _is_whole(again, key):
        return None
    both = listed | _keys(again, key)
    absent = [{**state, "is_absent": True} for state in lacking if state[key] not in both]
    if absent:
        inventory = canonical_json({"stream": stream, "listed": sorted(both)})
        reading.add(absent, access.uri(stream), access.keep_raw(inventory.encode()))
    return len(absent)


def with_absent(detail: str, absent: int) -> str:
    """The detail of a claim, with how many are gone where any is."""
    return f"{detail}; {absent} gone, which two listings lack" if absent else detail


def _keys(pages: Sequence[Page], key: str) -> frozenset[str]:
    found = (item.get(key) for page in pages for item in page.items)
    return frozenset(name for name in found if isinstance(name, str))


def _is_whole(pages: Sequence[Page], key: str) -> bool:
    """Whether each answer has a list, the last one no cursor, and each record its key; an empty answer has none."""
    records = [item for page in pages for item in page.items]
    return (
        all(page.has_list for page in pages)
        and pages[-1].next_cursor is None
        and all(isinstance(record.get(key), str) for record in records)
    )
