"""A page of an answer of Cloudinary's: its items, where it goes on, and the bytes that are kept of it.

Here belongs reading that from an answer of the SDK. What an item means is `records`.
"""

from __future__ import annotations

from dataclasses import dataclass

from assettrail.errors import PermanentSourceError, RecordRejected
from ingest.strict import JsonObject, canonical_json, objects, text_or_none


@dataclass(frozen=True)
class Page:
    """One page of a listing: its items, the cursor of the next page (None on the last), and its canonical bytes.

    Without `has_list` the answer named no list at all, which is read as none of its items.
    """

    items: tuple[JsonObject, ...]
    next_cursor: str | None
    body: bytes
    has_list: bool = True


def page_of(answer: JsonObject, name: str, what: str) -> Page:
    """Return the items that the answer has by that name.

    The bytes kept of it are canonical, since the SDK does not show the received ones.

    Raises PermanentSourceError, which names `what` was asked for, when the answer has another shape.
    """
    try:
        items = objects(answer, name)
        cursor = text_or_none(answer, "next_cursor")
        body = canonical_json(answer).encode("utf-8", "surrogatepass")
    except RecordRejected as error:
        raise strange(what, error.found) from error
    except (ValueError, RecursionError) as error:
        raise strange(what, "NaN, a number beyond a double, or deep nesting") from error
    return Page(tuple(items), cursor, body, has_list=answer.get(name) is not None)


def strange(what: str, found: str) -> PermanentSourceError:
    """Return the error of an answer that has not the shape of the Admin API."""
    return PermanentSourceError(
        tried=f"to read Cloudinary's answer about {what}",
        found=found,
        expected="the shape of the Admin API",
        remedy="check cloudinary.upload_prefix; if it is right, the API has changed",
    )
