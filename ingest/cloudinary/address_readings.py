"""What lands of a delivery address that can be read in several ways: all its readings, as one text.

Here belongs how they are written. Which there are is `delivery_url`; which of them is meant is settled in the
warehouse, where it is known which names assets held at the instant of a use, and never at landing, which knows nothing
of what comes later.
"""

from __future__ import annotations

from ingest.cloudinary.delivery_url import DeliveryAddress, Reading
from ingest.strict import canonical_json


def readings_json(address: DeliveryAddress) -> str | None:
    """The readings of an ambiguous address as a JSON list of objects, the likeliest first; None for every other one.

    Each names its asset in full (`public_id`, `resource_type`, `type`), and `transformation` and `format` where it has
    them, so that addresses that can mean the same have the same text.
    """
    if not address.readings:
        return None
    return canonical_json([_named(address, reading) for reading in address.readings])


def _named(address: DeliveryAddress, reading: Reading) -> dict[str, str]:
    fields = {
        "public_id": reading.public_id,
        "resource_type": address.resource_type,
        "type": address.type,
        "transformation": reading.transformation,
        "format": reading.format,
    }
    return {name: value for name, value in fields.items() if value is not None}
