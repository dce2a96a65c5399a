"""What is said of searches: each search by itself, and the topic that it is of.

Here belong the words and the collecting; the causes themselves are `search_causes`. No rule is evaluated here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

EMPTY = "empty"
FOUND = "found"
NOT_TOLD = "not_told"
SEARCH_CODES = (EMPTY, FOUND, NOT_TOLD)
NOT_FOUND = "not_found"
FOUND_OR_NOT_TOLD = "found_or_not_told"
TOPIC_CODES = (NOT_FOUND, FOUND_OR_NOT_TOLD)


@dataclass(frozen=True, slots=True)
class SaidSearch:
    """What a planter says of one search, and of the topic that it is of.

    `topic_near_miss_of` is the code of a topic that this one narrowly misses, "" where there is none.
    """

    search_id: str
    code: str
    topic: str
    topic_code: str
    topic_near_miss_of: str = ""


def of_search(code: str) -> str:
    """The name under which what a search found is counted."""
    return f"{code} of a search"


def of_topic(code: str) -> str:
    """The name under which what came of all searches for a topic is counted."""
    return f"{code} of a search topic"


def topic_of(terms: str, product_line: str | None, campaign: str | None, market: str | None) -> str:
    """How events and answer key call what is looked for; words are the same in any case and with outer blanks."""
    return "/".join((terms.strip().lower(), product_line or "", campaign or "", market or ""))


def near_misses_of(searches: Iterable[SaidSearch]) -> dict[str, list[str]]:
    """Topics by the name of what they narrowly miss; searches by the name of what other searches of their topic are."""
    found: dict[str, set[str]] = {}
    codes: dict[str, set[str]] = {}
    searches = list(searches)
    for one in searches:
        codes.setdefault(one.topic, set()).add(one.code)
        if one.topic_near_miss_of:
            found.setdefault(of_topic(one.topic_near_miss_of), set()).add(one.topic)
    for one in searches:
        for code in codes[one.topic] - {one.code}:
            found.setdefault(of_search(code), set()).add(one.search_id)
    return {name: sorted(subjects) for name, subjects in found.items()}
