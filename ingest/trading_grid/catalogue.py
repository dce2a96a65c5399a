"""Image attribute sets of Active Catalogue: one image of one item, as an upload file or a service tells it.

Here belong the public rules of the catalogue (Trading Grid help 21.2, pages 10.01, 10.11, 10.22 and 12.05 to 12.08):
a set that breaks them would be refused there, and is refused here. The columns' names in an upload are not public: the
mapping has them. Not here: reading the file (`drop_records`), and the image itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from assettrail.errors import RecordRejected
from ingest.form import in_form
from ingest.strict import JsonObject, required_text, text_or_none

LARGEST_UPLOAD_ROWS = 1000
"""Data rows of one upload file."""
_ACTIONS = frozenset({"insert", "update", "replace", "delete"})
_FIXED: Mapping[str, str] = {"file_type": "JPG", "image_type": "SI", "purpose": "INT"}
_WITH_EXTERNAL_LOCATION = frozenset({"FTP", "URL"})
_NOT_IN_FILE_NAMES = re.compile(r"[<>^:&?\\/|+%]")
_NOT_IN_DATA = re.compile(r"[>^`\[\]*~]")
_EXTENSION = re.compile(r".+\.[A-Za-z0-9]{1,8}")
_GTIN = re.compile(r"\d{8}|\d{12,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CatalogueImage:
    """One image of one item; key (`item_reference`, `file_name`).

    An upload changes what stands in it: an empty attribute of an update clears nothing there and is NULL here; only a
    replace takes away what it leaves out. `item_kind` is gtin, product or product_color.
    """

    item_kind: str
    item_reference: str
    file_name: str
    action: str
    gtin: str | None
    product: str | None
    color_code: str | None
    selection_code: str | None
    file_type: str | None
    image_type: str | None
    purpose: str | None
    orientation: str | None
    location_type: str | None
    external_location: str | None
    file_size: str | None
    pixel_density: str | None
    height: str | None
    width: str | None
    image_style: str | None
    facing: str | None
    angle: str | None
    clipping_path: str | None
    description: str | None

    @classmethod
    def from_response(cls, item: JsonObject, _context: object) -> Self:
        """Read one attribute set. Raises RecordRejected with the first rule that it breaks."""
        kind, reference = _item(item)
        action = required_text(item, "action").strip().lower()
        if action not in _ACTIONS:
            raise _broken("action", in_form(action), f"one of {', '.join(sorted(_ACTIONS))}")
        texts = {name: text_or_none(item, name) for name in cls.__dataclass_fields__ if name not in _MADE}
        _check_characters(texts)
        _check_file_name(required_text(item, "file_name"))
        _check_attributes(texts, is_whole=action in {"insert", "replace"})
        made = {**texts, "item_kind": kind, "item_reference": reference, "action": action}
        return cls(**made)  # type: ignore[arg-type]


_MADE = frozenset({"item_kind", "item_reference", "action"})


def _item(item: JsonObject) -> tuple[str, str]:
    """What the image belongs to: a GTIN, or a product, or a product in one colour; never two of them."""
    gtin, product, color = (text_or_none(item, name) for name in ("gtin", "product", "color_code"))
    if gtin and not product:
        if not _GTIN.fullmatch(gtin) or not has_check_digit(gtin):
            raise _broken("gtin", "digits that are no GTIN", "8, 12, 13 or 14 digits with their check digit")
        return "gtin", f"gtin:{gtin.zfill(14)}"
    if product and not gtin:
        return ("product_color", f"product:{product}:{color}") if color else ("product", f"product:{product}")
    found = "both a GTIN and a product" if gtin else "neither a GTIN nor a product"
    raise _broken("gtin", found, "one of them: it says what the image shows")


def has_check_digit(gtin: str) -> bool:
    """Whether the last digit of a GTIN or GLN is the check digit of the others (GS1, modulo 10)."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(gtin)))
    return total % 10 == 0


def _check_characters(texts: Mapping[str, str | None]) -> None:
    for name, text in texts.items():
        found = _NOT_IN_DATA.search(text) if text and name != "external_location" else None
        if found:
            raise _broken(name, f"the character {found[0]!r}", "a text without > ^ ` [ ] * ~ (help page 10.01)")


def _check_file_name(name: str) -> None:
    found = _NOT_IN_FILE_NAMES.search(name)
    if found:
        raise _broken("file_name", f"the character {found[0]!r}", "a file name without < > ^ : & ? \\ / | + %")
    if not _EXTENSION.fullmatch(name):
        raise _broken("file_name", "no extension", "a file name with its extension")


def _check_attributes(texts: Mapping[str, str | None], *, is_whole: bool) -> None:
    """Check what an attribute may say; with `is_whole` those that every set has to have must be there."""
    for name, only in _FIXED.items():
        value = texts[name]
        if value is None and is_whole:
            raise _broken(name, "nothing", only)
        if value is not None and value.upper() != only:
            raise _broken(name, in_form(value), only)
    for name in ("orientation", "location_type"):
        if is_whole and not texts[name]:
            raise _broken(name, "nothing", "a value: every image has one")
    location = (texts["location_type"] or "").upper()
    if location in _WITH_EXTERNAL_LOCATION and not texts["external_location"]:
        raise _broken("external_location", "nothing", f"an address, as the location type is {location}")


def _broken(name: str, found: str, expected: str) -> RecordRejected:
    return RecordRejected(
        tried=f"to read the image attribute {name!r}",
        found=found,
        expected=expected,
        remedy="correct the row where it is made: the catalogue refuses it, too",
    )
