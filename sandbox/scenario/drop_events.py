"""What partners report in files of their own: acknowledgements by the clock on their wall, in a CSV export of a portal.

Here belong the event, its record, the zone of that clock, and the file. What was reported, and why, is for the causes.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from sandbox.scenario.stages import iso

FOLDER_NAME = "partner-drops"
#: Clocks there go back an hour as Ramadan comes near and forward again behind it: both within the scenario.
WALL_ZONE = "Africa/Casablanca"
_HEADER = ("Ack No", "Partner", "Publication", "Status", "Acknowledged")


@dataclass(frozen=True, slots=True)
class DropAcknowledgement:
    """A partner's export tells that a publication was acknowledged; `written` is local and has no offset.

    `at` is when the file is dropped.
    """

    at: int
    acknowledgement_id: str
    publication_id: str
    partner_id: str
    code: str
    written: str


def drop_record(event: DropAcknowledgement) -> dict[str, str]:
    """What stands in `events.jsonl`, with the zone of the clock that wrote it."""
    return {
        "kind": "drop_acknowledgement",
        "acknowledgement_id": event.acknowledgement_id,
        "publication_id": event.publication_id,
        "partner_id": event.partner_id,
        "code": event.code,
        "written": event.written,
        "zone": WALL_ZONE,
    }


class PartnerDrops:
    """The folder into which partners' exports are dropped: a file a day."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the sandbox's."""
        self._folder = folder / FOLDER_NAME

    def add(self, event: DropAcknowledgement) -> None:
        """Write one line; the first of a day begins its file."""
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"portal_acknowledgements_{iso(event.at)[:10]}.csv"
        line = (event.acknowledgement_id, event.partner_id, event.publication_id, event.code, event.written)
        is_first = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";").writerows([_HEADER, line] if is_first else [line])
