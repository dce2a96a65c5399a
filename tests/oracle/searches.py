"""A naive second opinion on what partners look for: plain loops over searches.

Shares no code with the product or the sandbox and uses no SQL.
"""

from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]
FILTERS = ("productLine", "campaign", "market")


@dataclass(frozen=True)
class Searches:
    """What each search found, and whether what is looked for was not found at last, by topic."""

    by_search: dict[str, str]
    by_topic: dict[str, str]


def judge(records: list[Record]) -> Searches:
    """Every search and every topic."""
    made = [(one["occurred_at"], one["fields"]) for one in records if one.get("objects") == "searches"]
    by_topic: dict[str, str] = {}
    for topic in {_topic(said) for _, said in made}:
        results = [(at, said["resultCount"]) for at, said in made if _topic(said) == topic and "resultCount" in said]
        found = _found_last(results)
        is_in_vain = bool(found) and not any(map(_is_something, found))
        by_topic[topic] = "not_found" if is_in_vain else "found_or_not_told"
    return Searches({said["searchId"]: _found(said) for _, said in made}, by_topic)


def _found_last(results: list[tuple[str, int]]) -> list[int]:
    """What was found in the last second in which somebody was told how much."""
    last = max((at for at, _ in results), default="")
    return [count for at, count in results if at == last]


def _found(said: Record) -> str:
    if "resultCount" not in said:
        return "not_told"
    return "found" if _is_something(said["resultCount"]) else "empty"


def _is_something(count: int) -> bool:
    return count > 0


def _topic(said: Record) -> str:
    return "/".join([said["terms"].lower().strip(), *(said.get(name, "") for name in FILTERS)])
