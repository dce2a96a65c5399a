"""Looking recipients up: each is written down before anything is told, and nobody does it without end.

Here belong the limit by person and the row of the log. Making pseudonyms is `ingest.pseudonym_keys`; the form is
`reports.recipients`. Whoever may ask without end finds out by trying which numbers are customers; therefore every
look-up counts, whatever is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assettrail.errors import ConfigurationError
from corrections.people.accesses import AccessKind, write_access
from corrections.people.register import Person
from corrections.store.access_records import AccessRecord

WITHIN: Final = timedelta(hours=1)
_KIND: Final[AccessKind] = "recipient_look_up"


class TooManyLookUps(ConfigurationError):
    """More look-ups by one person within an hour than are allowed; later they are again."""


def count_look_up(
    session: Session, now: datetime, person: Person, kind: str, pseudonyms: Sequence[str], at_most: int
) -> None:
    """Write a look-up down, by its pseudonyms and never by what was looked up. `now` is of this machine's clock.

    Raises TooManyLookUps where the person made `at_most` within the last hour; then nothing is written.
    """
    recent = session.scalar(
        select(func.count(AccessRecord.access_id)).where(
            AccessRecord.at > now - WITHIN, AccessRecord.kind == _KIND, AccessRecord.person_id == person.person_id
        )
    )
    if (recent or 0) >= at_most:
        raise TooManyLookUps(
            tried=f"to look up a recipient as {person.name}",
            found=f"{recent} look-ups within the last hour",
            expected=f"at most {at_most}",
            remedy="wait, or open the link of a recipient who was looked up before; nothing was looked up",
        )
    detail = f"by {kind}, under {len(pseudonyms)} key{'' if len(pseudonyms) == 1 else 's'}"
    write_access(session, now, person, _KIND, ",".join(pseudonyms), None, detail)
