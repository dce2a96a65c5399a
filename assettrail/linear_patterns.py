"""Regular expressions that an operator writes, matched in time that grows with the text and no faster.

Here belongs the one engine for them: that of polars (Rust's `regex`), which knows no look-around and no references back
and so cannot be held up by a name that somebody chose for it, as Python's `re` can. Patterns of our own are Python's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

_ALL: Final = "_all"
_SURROGATES: Final = {code: code - 0xD800 + 0x10F000 for code in range(0xD800, 0xE000)}
"""Bytes of a path that are no text, and halves of characters, as signs that the engine takes; nobody writes these."""
_BACK: Final = {sign: code for code, sign in _SURROGATES.items()}


@dataclass(frozen=True)
class LinearPattern:
    """A pattern. `groups` are the names of its groups."""

    pattern: str
    groups: tuple[str, ...]

    @classmethod
    def from_text(cls, pattern: str) -> LinearPattern:
        """Read a pattern. Raises ValueError, which says what the engine does not take, where it is none."""
        import polars as pl

        try:
            named = pl.Series([""]).str.extract_groups(_whole(pattern)).struct.fields
        except pl.exceptions.ComputeError as error:
            said = " ".join(str(error).split())
            raise ValueError(
                f"no regular expression that ends in linear time ({said}); look-around, references back and `\\Z` are "
                "not taken"
            ) from error
        return cls(pattern, tuple(name for name in named if name != _ALL and not name.isdigit()))

    def search(self, text: str) -> Mapping[str, Any] | None:
        """Return what the named groups hold where the pattern fits a part of the text first; None where it fits none.

        A group that took no part has None. The time grows with the length of the text, whatever the pattern is; texts
        that were asked for lately are remembered.
        """
        found = _searched(self.pattern, text)
        return None if found is None else {name: found[name] for name in self.groups}


@lru_cache(maxsize=4096)
def _searched(pattern: str, text: str) -> Mapping[str, str | None] | None:
    import polars as pl

    found = pl.Series([text.translate(_SURROGATES)]).str.extract_groups(_whole(pattern))[0]
    if found[_ALL] is None:
        return None
    return {name: None if value is None else value.translate(_BACK) for name, value in found.items()}


def _whole(pattern: str) -> str:
    return f"(?P<{_ALL}>{pattern})"
