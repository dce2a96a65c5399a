"""What reading an object of Trading Grid needs beside the object, and how its free text is taken.

Here belongs what all records of the adapter share. Not here: the records (`records`, `launch_records`,
`partner_records`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ingest.cloudinary.delivery_url import DeliveryAddress
from ingest.strict import JsonObject, text_or_none

Mask = Callable[[str], str]
ReadAddress = Callable[[str], DeliveryAddress]


@dataclass(frozen=True)
class Context:
    """What reading needs beside the object: masking of free text, the account's reading of addresses, and clocks.

    `partner_zones` names the IANA zone of partners' clocks by partner id, or by `<EDI qualifier>:<EDI id>`.
    """

    mask: Mask
    read_address: ReadAddress
    partner_zones: Mapping[str, str] = field(default_factory=dict)


def masked(item: JsonObject, name: str, context: Context) -> str | None:
    """A free text with identifiers in it masked; None where there is none."""
    text = text_or_none(item, name)
    return None if text is None else context.mask(text)


def masked_address(item: JsonObject, name: str, context: Context) -> str | None:
    """An address of an asset with identifiers in its query masked, and e-mail addresses anywhere in it."""
    text = text_or_none(item, name)
    return None if text is None else clean_address(text, context)


def clean_address(address: str, context: Context) -> str:
    """The address with its path as it was written, as versions and names of assets look like numbers of accounts."""
    at = min((place for place in (address.find("?"), address.find("#")) if place >= 0), default=len(address))
    head, rest = address[:at], address[at:]
    if "@" in head or "%40" in head:
        head = context.mask(head)
    return head + context.mask(rest)


def trimmed(item: JsonObject, name: str) -> str | None:
    """A text without the spaces around it; None where nothing is left."""
    text = text_or_none(item, name)
    return None if text is None else text.strip() or None
