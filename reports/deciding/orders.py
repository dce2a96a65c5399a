"""What a person asks for, as they typed it: the same on the page and on the command line.

Here belong reading a disposition from texts, and refusing one of a set that is another by now. The rules of
dispositions are `corrections.dispositions`.
"""

from __future__ import annotations

from datetime import date

from assettrail.errors import ConfigurationError
from corrections.dispositions import KINDS, Order
from reports.deciding.exceptions import Together


def read_order(disposition: str, owner: str, reason: str, due_on: str, accepted_until: str) -> Order:
    """Return what is asked for. Raises ConfigurationError for a disposition or a day that is none."""
    kind = next((kind for kind in KINDS if kind == disposition), None)
    if kind is None:
        found = f"the disposition {disposition[:40]!r}" if disposition else "no disposition"
        raise _refused(found, f"one of {', '.join(KINDS)}")
    return Order(kind, owner, reason, _day(due_on), _day(accepted_until))


def refuse_other_set(together: Together, seen: str) -> None:
    """Raise ConfigurationError unless the set is the one of which a sample was shown."""
    if together.set_hash != seen:
        raise _refused(
            f"another set by now: {len(together.keys)} exceptions, {together.set_hash[:12]}",
            "the set of which a sample was shown",
        )


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise _refused(f"the day {text[:40]!r}", "a day as 2026-05-31") from error


def _refused(found: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        tried="to make a disposition of exceptions",
        found=found,
        expected=expected,
        remedy="look again, and send what is shown now; nothing was written",
    )
