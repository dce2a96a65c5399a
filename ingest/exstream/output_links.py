"""The list of a run's HTML outputs as landing rows: one row per address of ours in an output. Pure.

Here belongs what a line of that list means: which asset an address names, and how strong that is as evidence. An output
that the delivery file gives to one customer is that customer's; what stands in one for several says only what the run
sent. Names of files land as in `delivery_outputs`, so that both can be joined. Not here: reading outputs and writing
the list (`html_outputs`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from assettrail.errors import RecordRejected
from ingest.cloudinary.delivery_url import parse_delivery_url
from ingest.exstream.asset_links import UNLINKED
from ingest.exstream.discretion import clean_file_name
from ingest.exstream.report_rows import ReportMeaning
from ingest.exstream.report_uses import ADDRESS_COLUMNS
from ingest.reading import Values
from ingest.strict import (
    JsonObject,
    decode_object,
    flag_or_none,
    integer_or_none,
    objects,
    required_integer,
    required_text,
    text_or_none,
)

OutputStrength = Literal["exact", "run_set", "none"]
HTML_OUTPUT: Final = "html_output"


def output_links(line: bytes, run: Mapping[str, str], docgen_uuid: str | None, meaning: ReportMeaning) -> list[Values]:
    """The rows of one output. Raises RecordRejected for an output that could not be read, with the reason.

    `run` has the columns that all rows of a run share; `docgen_uuid` is that of the folder, where one is read.
    """
    output = decode_object(line, "an entry of the list of HTML outputs")
    refused = text_or_none(output, "refused")
    if refused is not None:
        raise RecordRejected(
            tried="to read the addresses in an HTML output",
            found=refused,
            expected="a whole HTML file, as its delivery file describes it",
            remedy="look at the output; once it is whole, ingest again",
        )
    own = text_or_none(output, "docgen_uuid") or docgen_uuid
    if own is None:
        raise RecordRejected(
            tried="to tell which engine run an HTML output is of",
            found="a path without /docgen/<uuid>/output/",
            expected="the working folder of the engine run",
            remedy="set exstream.run_layout.run_folder to the installation's layout of folders",
        )
    queue_name = required_text(output, "queue_name")
    customers = required_integer(output, "customers")
    shared: Values = {
        **run,
        "docgen_uuid": own,
        "queue_name": queue_name,
        "file_name": clean_file_name(required_text(output, "name"), queue_name, meaning.recipients.pseudonym),
        "output_sha256": required_text(output, "sha256"),
        "customer_count": customers,
        "customer_number": integer_or_none(output, "customer_number") if customers == 1 else None,
    }
    addresses = objects(output, "addresses")
    return [
        {**shared, "ordinal": ordinal, **_link(address, meaning, is_of_one=customers == 1)}
        for ordinal, address in enumerate(addresses, start=1)
    ]


def _link(address: JsonObject, meaning: ReportMeaning, *, is_of_one: bool) -> Values:
    """What one address says; one that is in doubt by itself, or is none, links to nothing here and says why."""
    url = required_text(address, "url")
    named = dict(zip(ADDRESS_COLUMNS, meaning.address(url), strict=True))
    is_linked = named["delivery_state"] == "parsed" and bool(named["delivery_public_id"])
    strength: OutputStrength = "exact" if is_of_one else "run_set"
    return {
        "is_shown": bool(flag_or_none(address, "is_shown")),
        "way": HTML_OUTPUT if is_linked else UNLINKED,
        "strength": strength if is_linked else "none",
        "reason": None if is_linked else parse_delivery_url(url, meaning.hosts, meaning.cloud).reason,
        **named,
    }
