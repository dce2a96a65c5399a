"""How Cloudinary's refused answers are read again: the account's listings, details and configuration.

Here belongs, for each stream whose answers are kept, which reader takes them. A detail holds the derived files and the
backups of its asset, so that they come with it; one whose derived files filled several answers cannot be put together
again. What the search index found is read by ids, as a listing shows it, and lands in `resources`. Nothing of
`asset_absences` and `asset_contents` is ever refused: their rows are made here. Not here: notifications, whose
signatures need a secret (`ingest.quarantine_readers`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ingest.cloudinary.detail_records import AssetDetail, ProductEnvironment, Transformation, UploadPreset, Usage
from ingest.cloudinary.details import STREAM as DETAILS
from ingest.cloudinary.streams import metadata_field_values, resource_values
from ingest.quarantine import QuarantinedRecord
from ingest.quarantine_pages import answer_again, page_again
from ingest.quarantine_replay import CannotReadAgain, ReadAgain
from ingest.reading import Reading, Values, column_values
from ingest.strict import JsonObject, objects

_MORE_DERIVED: Final = ("derived_next_cursor", "next_cursor")


def cloudinary_again(stream: str) -> ReadAgain | None:
    """The reader of a stream's refused answers; None where nothing of the stream can be refused or read alone."""
    return _READERS.get(stream)


def _detail(record: QuarantinedRecord, item: JsonObject) -> list[Values]:
    if any(item.get(name) for name in _MORE_DERIVED):
        raise CannotReadAgain(
            tried=f"to read the quarantined record {record.record_id} of {record.label} again",
            found="the first of several answers about one asset: the others hold more of its derived files",
            expected="a detail in one answer",
            remedy="the detail is asked for again when something of the asset changes",
        )
    return [column_values(AssetDetail.from_response(item, objects(item, "derived")))]


def _transformation(item: JsonObject) -> list[Values]:
    """One item of the list, or the answer about a named one: only those are asked what they do."""
    if "info" in item:
        return [column_values(Transformation.from_response({"named": True, **item}, item))]
    return [column_values(Transformation.from_response(item, None))]


def _transformation_again(record: QuarantinedRecord, data: bytes, part: bytes | None) -> Reading:
    """A named one was refused with its definition, whose answer is the raw object; an unnamed one within the list."""
    is_listed = part is not None or b'"transformations":' in data
    read = _LISTED_TRANSFORMATION if is_listed else _DEFINED_TRANSFORMATION
    return read(record, data, part)


_LISTED_TRANSFORMATION: Final = page_again(lambda _: _transformation, "transformations")
_DEFINED_TRANSFORMATION: Final = answer_again(lambda _, item: _transformation(item))
_READERS: Final[Mapping[str, ReadAgain]] = {
    "resources": page_again(lambda _: resource_values, "resources"),
    "metadata_fields": page_again(lambda _: metadata_field_values, "metadata_fields"),
    "upload_presets": page_again(lambda _: lambda item: [column_values(UploadPreset.from_response(item))], "presets"),
    "transformations": _transformation_again,
    DETAILS: answer_again(_detail),
    "usage": answer_again(lambda _, item: [column_values(Usage.from_response(item))]),
    "product_environment": answer_again(lambda _, item: [column_values(ProductEnvironment.from_response(item))]),
}
