"""How people are known to what signs them in, and whose communications they may see.

Here belong giving a person a sign-in name (the claim of an ID token, or what a trusted proxy's header holds), finding
the person of one, and the restriction to jurisdictions. Every change is a leaf of the log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from assettrail.clock import Clock
from assettrail.settings import Settings
from corrections.people.register import Person, as_person, find_person, leaf_of, refused
from corrections.store.database import open_store
from corrections.store.decision_log import log_decisions
from corrections.store.records import PersonRecord

LONGEST_SIGN_IN_NAME: Final = 320
_JURISDICTION: Final = re.compile(r"[A-Z][A-Z0-9-]{0,15}")


def set_sign_in_name(settings: Settings, clock: Clock, name: str, sign_in_name: str | None, by: Person) -> None:
    """Set what a provider or proxy calls a person, exactly as it says it; None: nobody signs in as them.

    Raises ConfigurationError when there is no such person, the text is none, or another person has it.
    """
    now = clock.now()
    with open_store(settings) as store, store.begin() as session:
        person = find_person(session, name)
        if sign_in_name is not None:
            _refuse_sign_in_name(session, person, sign_in_name)
        person.sign_in_name = sign_in_name
        session.flush()
        log_decisions(settings, [leaf_of(person, "sign_in_name_set", sign_in_name, by.name, now)])


def restrict(settings: Settings, clock: Clock, name: str, jurisdictions: Collection[str] | None, by: Person) -> None:
    """Let a person see the communications of these jurisdictions only; None: of all.

    Raises ConfigurationError when there is no such person, or a text is no code of a jurisdiction.
    """
    now = clock.now()
    wrong = sorted(code for code in jurisdictions or () if not _JURISDICTION.fullmatch(code))
    if wrong or (jurisdictions is not None and not jurisdictions):
        raise refused(
            f"to restrict {name} to jurisdictions",
            f"{', '.join(map(repr, wrong)) or 'none'}",
            "codes as communications carry them, such as DE or US-CA, at least one",
        )
    detail = None if jurisdictions is None else json.dumps(sorted(set(jurisdictions)))
    with open_store(settings) as store, store.begin() as session:
        person = find_person(session, name)
        person.jurisdictions = detail
        log_decisions(settings, [leaf_of(person, "jurisdictions_set", detail, by.name, now)])


def person_of_sign_in_name(session: Session, sign_in_name: str) -> Person | None:
    """Return the active person whom a provider or proxy calls so; None when there is none."""
    person = session.scalar(
        select(PersonRecord).where(PersonRecord.sign_in_name == sign_in_name, PersonRecord.is_active)
    )
    return None if person is None else as_person(session, person)


def _refuse_sign_in_name(session: Session, person: PersonRecord, sign_in_name: str) -> None:
    if not sign_in_name.strip() or len(sign_in_name) > LONGEST_SIGN_IN_NAME or not sign_in_name.isprintable():
        raise refused(
            f"to set the sign-in name of {person.name}",
            f"{sign_in_name[:80]!r}",
            f"a text of at most {LONGEST_SIGN_IN_NAME} printable characters, as the provider says it",
        )
    other = session.scalar(
        select(PersonRecord.name).where(
            PersonRecord.sign_in_name == sign_in_name, PersonRecord.person_id != person.person_id
        )
    )
    if other is not None:
        raise refused(
            f"to set the sign-in name of {person.name}", f"{other}, who has it", "a sign-in name that nobody else has"
        )
