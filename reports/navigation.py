"""The bar at the top of every page: what is worked on every day stands in it, everything else in its menu.

Here belong the sections with the right that each needs, and which of them a page belongs to. How the bar looks is
`templates/base.html`; it works without JavaScript, as the menu is a `details` element.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from reports.people.rights import Right


@dataclass(frozen=True)
class Section:
    """A section. `is_daily`: it stands in the bar itself; `is_of_snapshot`: its pages can be pinned to a snapshot."""

    name: str
    path: str
    right: Right
    is_daily: bool = False
    is_of_snapshot: bool = True


SECTIONS: Final[tuple[Section, ...]] = (
    Section("Overview", "/", "read", is_daily=True),
    Section("Exceptions", "/exceptions", "read", is_daily=True),
    Section("Partners", "/partners", "read", is_daily=True),
    Section("Launches", "/launches", "read", is_daily=True),
    Section("Corrections", "/corrections", "see_corrections", is_daily=True, is_of_snapshot=False),
    Section("Sign-off", "/sign-off", "read", is_daily=True),
    Section("Trust", "/trust", "watch_pipeline", is_daily=True),
    Section("Dispositions", "/dispositions", "read"),
    Section("Recalls", "/recalls", "see_corrections", is_of_snapshot=False),
    Section("Recipients", "/recipients", "look_up_recipients"),
    Section("Brand", "/brand", "read"),
    Section("Feedback", "/feedback", "read"),
    Section("Reports", "/reports", "read"),
    Section("SQL", "/sql", "query"),
    Section("Accesses", "/access", "administer", is_of_snapshot=False),
)

Current = Literal["page", "true", ""]


def right_of(path: str) -> Right:
    """Return the right that the section of a page needs; to read, where it belongs to none."""
    within = [section.right for section in SECTIONS if path == section.path or path.startswith(f"{section.path}/")]
    return within[-1] if within else "read"


@dataclass(frozen=True)
class Entry:
    """A link of the bar; `current` is the value of `aria-current`: the page itself, or one within the section."""

    name: str
    address: str
    current: Current


@dataclass(frozen=True)
class Bar:
    """The links of the bar, and those of its menu."""

    daily: tuple[Entry, ...]
    more: tuple[Entry, ...]

    @property
    def current_of_menu(self) -> Entry | None:
        """The section of the menu that the page belongs to."""
        return next((entry for entry in self.more if entry.current), None)


def bar(here: str, may: Callable[[Right], bool], link: Callable[[str], str]) -> Bar:
    """Return the bar of the page at the path `here` for somebody; `link` keeps a pinned snapshot in an address."""
    entries = [(section, _entry(section, here, link)) for section in SECTIONS if may(section.right)]
    return Bar(
        daily=tuple(entry for section, entry in entries if section.is_daily),
        more=tuple(entry for section, entry in entries if not section.is_daily),
    )


def _entry(section: Section, here: str, link: Callable[[str], str]) -> Entry:
    current: Current = "page" if here == section.path else "true" if here.startswith(f"{section.path}/") else ""
    return Entry(section.name, link(section.path) if section.is_of_snapshot else section.path, current)
