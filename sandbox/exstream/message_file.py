"""The engine's message file, `ExstreamMessages.dat`.

What belongs here: lines of the form `EX004120W (1) text`, each optionally behind `mm/dd/yyyy hh:mm:ss` without
a zone (switch TIMESTAMP_MESSAGES), and continuation lines. The vendor's message catalogue is not public: the
numbers EX003004 and EX004120 are documented, the texts and the other numbers are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

_CUSTOMERS_PER_WARNING = 250


@dataclass(frozen=True)
class MessageContext:
    """What the engine writes messages about: one run, its customers' account numbers in run order."""

    channel: str
    account_numbers: Sequence[str]
    unfilled_placeholders: Sequence[tuple[int, str]]
    page_count: int
    failure: str | None
    timestamp: datetime | None


def render_message_file(context: MessageContext) -> bytes:
    """Return the message file, UTF-8; the number in parentheses counts the messages of one identifier.

    `timestamp` None leaves the time prefix out, as engines do by default.
    """
    writer = _Writer(context.timestamp)
    customers = len(context.account_numbers)
    writer.write("EX000101I", f"Run for channel {context.channel} started with {customers} customers")
    for number, placeholder in context.unfilled_placeholders:
        writer.write("EX003004W", f"Placeholder ({placeholder}) of customer {number} has no value")
    for number in range(1, customers + 1, _CUSTOMERS_PER_WARNING):
        account = context.account_numbers[number - 1]
        writer.write("EX004120W", "The embedded text object named (AddressBlock) exceeds its frame")
        writer.continue_with(f"customer {number}, account {account}")
    if context.failure is None:
        writer.write("EX000102I", f"Run ended with {customers} customers and {context.page_count} pages")
    else:
        writer.write("EX000901S", context.failure)
    return writer.content()


class _Writer:
    """Collects lines and counts how often each identifier was written."""

    def __init__(self, timestamp: datetime | None) -> None:
        self._prefix = "" if timestamp is None else timestamp.astimezone(UTC).strftime("%m/%d/%Y %H:%M:%S ")
        self._counts: dict[str, int] = {}
        self._lines: list[str] = []

    def write(self, message_id: str, text: str) -> None:
        """Add a message."""
        self._counts[message_id] = self._counts.get(message_id, 0) + 1
        self._lines.append(f"{self._prefix}{message_id} ({self._counts[message_id]}) {text}")

    def continue_with(self, text: str) -> None:
        """Add a line that continues the message before it."""
        self._lines.append(f"    {text}")

    def content(self) -> bytes:
        """Return every line, each ended by a line feed."""
        return "".join(f"{line}\n" for line in self._lines).encode()
