"""The words of feedback, for people."""

from __future__ import annotations

from reports.state_words import StateWords, by_code

CHANGE_STATES = (
    StateWords("not_answered", "Not answered", "standing", "Nobody answered, or the partner opened it again since."),
    StateWords("answered_in_words", "Answered in words", "", "Answered without anything new being published."),
    StateWords("unchanged", "Nothing changed", "standing", "What was published again has the same bytes as before."),
    StateWords("heavier", "Heavier than before", "standing", "Slow loading was reported, and it has more bytes now."),
    StateWords("wider", "Wider than before", "standing", "Poor mobile rendering was reported, and it is wider now."),
    StateWords("not_known", "Not known", "", "It was published again; which bytes there were is not known."),
    StateWords("changed", "Changed", "done", "Published again with other bytes, and not made worse."),
)
CHANGE_STATES_BY_CODE = by_code(CHANGE_STATES)
