"""From a recipient's identifier to their pseudonyms, in this process and nowhere else.

Here belong what the form offers, what it refuses, and making the pseudonyms. The identifier is a value of these
functions only: no error, log or page repeats it. Keys are read for each look-up, so that a rotation counts at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assettrail.errors import ConfigurationError
from evidence.keys import key_name, known_pseudonym_key, load_pseudonym_keys
from ingest.pseudonym import RECIPIENT_KINDS, RecipientKind, normalised
from ingest.pseudonym_keys import live_pseudonyms
from reports.recipients.addresses import MOST

LONGEST: Final = 320
"""Characters of an identifier: the longest e-mail address."""

NAMES: Final[Mapping[RecipientKind, str]] = {
    "customer": "Customer number",
    "account": "Account number",
    "policy": "Policy number",
    "email": "E-mail address",
    "telephone": "Telephone number",
}
"""What a reader calls an identifier."""


class LookUpRefused(ConfigurationError):
    """What was typed cannot be looked up; it is not told here."""


class NoKeys(ConfigurationError):
    """This server cannot make the pseudonyms that recipients have landed under."""


@dataclass(frozen=True)
class LookUpForm:
    """What the form shows: why this server cannot look up (None: it can), the kind chosen, what was refused."""

    lacking: NoKeys | None
    chosen: str = RECIPIENT_KINDS[0]
    refusal: ConfigurationError | None = None

    @property
    def names(self) -> Mapping[RecipientKind, str]:
        """What may be typed, by its kind."""
        return NAMES

    @property
    def longest(self) -> int:
        """Characters of what may be typed."""
        return LONGEST


class LookUps:
    """Makes pseudonyms with the keys of one installation, where this process may read them."""

    def __init__(self, keys: Path, home: Path) -> None:
        self._keys = keys
        self._home = home

    def lacking(self) -> NoKeys | None:
        """Return why this server cannot look anybody up, None where it can."""
        try:
            self._live()
        except NoKeys as error:
            return error
        return None

    def pseudonyms(self, kind: str, value: str) -> tuple[str, ...]:
        """Return the pseudonym of an identifier under every live key, the one in use first.

        Raises LookUpRefused for what is no identifier, NoKeys where this server has not the keys.
        """
        known = next((one for one in RECIPIENT_KINDS if one == kind), None)
        if known is None:
            raise _refused("no kind of identifier", "one of the kinds that the form offers", "choose a kind")
        if len(value) > LONGEST:
            raise _refused(
                f"a text of {len(value):,} characters", f"one identifier, of {LONGEST} at most", "type the identifier"
            )
        if not normalised(known, value):
            wanted = "a telephone number with its digits" if known == "telephone" else "one identifier"
            raise _refused("no identifier", wanted, "type it into the field")
        return tuple(each.pseudonym for each in live_pseudonyms(self._live(), known, value))

    def _live(self) -> tuple[bytes, ...]:
        try:
            keys = load_pseudonym_keys(self._keys)
            known = known_pseudonym_key(self._home)
        except ConfigurationError as error:
            raise _no_keys("no pseudonym keys, or none that can be used") from error
        if known is not None and known not in {key_name(key, "pseudonym") for key in keys}:
            raise _no_keys("other pseudonym keys than those that recipients landed under")
        if len(keys) > MOST:
            raise _no_keys(f"{len(keys)} live keys, more than the {MOST} pseudonyms that an address holds")
        return keys


def _refused(found: str, expected: str, remedy: str) -> LookUpRefused:
    return LookUpRefused("to look up a recipient", found, expected, f"{remedy}; nothing was looked up")


def _no_keys(found: str) -> NoKeys:
    return NoKeys(
        tried="to look up a recipient on this server",
        found=found,
        expected="pseudonym.key and the older pseudonym keys of this installation in the folder of the keys",
        remedy="ask whoever holds the keys: `assettrail recipients pseudonyms` prints the address of the recipient",
    )
