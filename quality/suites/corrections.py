"""What our own store promises about its landing streams.

Here belongs what decides how a change of state, a disposition or an access is counted. The store is ours: its states
and kinds are closed lists.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from great_expectations.expectations.expectation import Expectation

from quality.suites.promises import instant, never, one_of, sha256

STATES: Final = ("proposed", "approved", "sending", "confirmed", "conflict", "rejected", "unknown", "withdrawn")
"""The states of a correction, as `corrections.store.states` has them."""

DISPOSITIONS: Final = ("correct", "accept_until", "false_alarm", "escalate")
"""What may be made of an exception, as `corrections.dispositions` has it."""

ACCESSES: Final = (
    *("dossier", "recipient", "recipient_look_up", "unsealed", "query", "export", "sign_in", "sign_out", "access_log"),
    "refused",
)
"""The kinds of access, as `corrections.people.accesses` has them."""


def transitions() -> list[Expectation]:
    """One row per change of a correction's state."""
    return [
        one_of("to_state", STATES),
        instant("at_raw"),
        sha256("difference_hash"),
        never(
            "to_state = 'sending' and (correlation_id is null or object_id is null) and difference_hash is not null",
            "what is being written says under which mark and about which object",
        ),
    ]


def dispositions() -> list[Expectation]:
    """One row per disposition of an exception."""
    return [
        one_of("disposition", DISPOSITIONS),
        instant("at_raw"),
        _day("due_on"),
        _day("accepted_until"),
        never(
            "(disposition = 'accept_until') <> (accepted_until is not null)",
            "an acceptance has a last day, and nothing else has one",
        ),
    ]


def accesses() -> list[Expectation]:
    """One row per thing that somebody saw, took out or was refused."""
    return [
        one_of("kind", ACCESSES),
        one_of("outcome", ("given", "refused")),
        instant("at_raw"),
        never("kind = 'query' and detail is not null", "the text of a query does not land"),
        never("subject is null and kind not in ('sign_out', 'access_log')", "an access says what it is of"),
    ]


def _day(column: str) -> Expectation:
    return never(
        f"{column} is not null and (length({column}) <> 10 or try_cast({column} as date) is null)",
        f"{column} is a day",
        column=column,
    )


PROMISES: Final[Mapping[str, Callable[[], list[Expectation]]]] = MappingProxyType(
    {"transitions": transitions, "dispositions": dispositions, "accesses": accesses}
)
