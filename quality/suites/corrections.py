"""What the outbox promises about its landing stream.

Here belongs what decides how a change of state is counted. The outbox is ours: its states are a closed list.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from great_expectations.expectations.expectation import Expectation

from quality.suites.promises import instant, never, one_of, sha256

STATES: Final = ("proposed", "approved", "sending", "confirmed", "conflict", "rejected", "unknown", "withdrawn")
"""The states of a correction, as `corrections.store.states` has them."""


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


PROMISES: Final[Mapping[str, Callable[[], list[Expectation]]]] = MappingProxyType({"transitions": transitions})
