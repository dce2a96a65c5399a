"""T4: the approved artwork to a partner who holds another: the image, its catalogue file, and the distribution.

Here belong when it may be sent and what the files hold; where they go is `artwork_outbound`, the catalogue's rules are
`artwork_rules`. An image's name in the catalogue never changes, an upload under it replaces the image.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

from corrections.difference import Difference
from corrections.effects.approved_bytes import approved_bytes
from corrections.effects.artwork_rules import size_of, why_not_catalogued
from corrections.effects.delivery_link import delivery_link
from corrections.effects.effect import Absent, Conflict, Present, Ready
from corrections.vendors.artwork_outbound import outbound_of
from corrections.vendors.opened import Vendor, Vendors
from corrections.vendors.trading_grid import DISTRIBUTIONS, Distribution
from corrections.vendors.writes import Attachment, Write

_NOT_IN_FOLDERS = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True)
class ArtworkIssue:
    """The effect of the kind `send_artwork`; files may be put again, the distribution is told once."""

    gives_bytes = True
    vendor: Vendor = "artwork"

    def examine(self, vendors: Vendors, difference: Difference) -> Ready | Conflict | Present:
        """See that the partner was sent nothing newer, and that the file keeps to the catalogue's rules.

        Raises as `approved_bytes` and the reading client do.
        """
        present = self.read_back(vendors, difference)
        return present if isinstance(present, Present) else _compared(vendors, difference)

    def read_back(self, vendors: Vendors, difference: Difference) -> Present | Absent:
        """Look for the distribution with the correlation id."""
        found = vendors.grid.distributions_of(difference.correlation_id)
        return Present(found[0].distribution_id) if found else Absent()


def _compared(vendors: Vendors, difference: Difference) -> Ready | Conflict:
    """The write, or what has changed since the proposal, or which rule the file breaks."""
    old = vendors.grid.distribution(difference.object_id)
    if old is None or not old.gtin:
        return Conflict("the distribution is not there any more, or names no GTIN")
    if (old.version, old.etag) != (difference.expected.number, difference.expected.etag):
        return Conflict(f"version {old.version} was sent, expected was {difference.expected.number}")
    sent = vendors.grid.distributions_to(old.partner_id, old.gtin)
    if any(one.etag == difference.desired.etag for one in sent):
        return Conflict("the partner was sent these bytes by somebody else")
    file = approved_bytes(vendors.cloudinary, difference)
    if isinstance(file, Conflict):
        return file
    name, gtin = (difference.rendition.name if difference.rendition else None) or "", old.gtin.zfill(14)
    if (why := why_not_catalogued(file, name, gtin)) is not None:
        return Conflict(f"the catalogue would refuse it: {why}")
    return Ready(_write(vendors, difference, old, name, file))


def _write(vendors: Vendors, difference: Difference, old: Distribution, name: str, file: bytes) -> Write:
    """The one write: what the service is told, and beside it the two files."""
    columns = outbound_of(vendors.settings).catalogue_columns
    asset = {
        "assetId": difference.asset_id,
        "publicId": difference.public_id,
        "version": difference.desired.number,
        "etag": difference.desired.etag,
        "url": delivery_link(vendors.cloudinary, difference),
    }
    body = {
        "folder": _NOT_IN_FOLDERS.sub("_", old.partner_id),
        "catalogue_name": f"{difference.correlation_id}.csv",
        "catalogue": catalogue_file(columns, name, (old.gtin or "").zfill(14), file),
        "partnerId": old.partner_id,
        "communityId": old.community_id,
        "gtin": old.gtin,
        "asset": asset,
        "fileName": name,
        "contentSha256": hashlib.sha256(file).hexdigest(),
        "correlationId": difference.correlation_id,
    }
    return Write("POST", DISTRIBUTIONS, body, Attachment(name, "image/jpeg", file))


def catalogue_file(columns: Mapping[str, str], file_name: str, gtin: str, file: bytes) -> str:
    """Return the upload file of one image: the customer's header, and one row (RFC 4180, LF).

    `columns` are a header's name and its value, in which `${gtin}`, `${file_name}`, `${file_size}` (bytes), `${width}`
    and `${height}` (pixels) stand for the image's.
    """
    width, height = size_of(file)
    values = {"gtin": gtin, "file_name": file_name, "file_size": len(file), "width": width, "height": height}
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(columns)
    rows.writerow([Template(value).substitute(values) for value in columns.values()])
    return text.getvalue()
