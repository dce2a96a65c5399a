"""A transformation as a chain of components, and the changes of it that may make a rendition better.

Here belongs reading `c_fill,w_600/q_auto` and writing it with another quality, format, width or gravity; every
component that is not changed stays as it was written. Which changes are tried is `candidates`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from corrections.renditions.measured import Region

_PIECE = re.compile(r"([a-z]{1,4})_(.+)", re.DOTALL)
_PIXELS = re.compile(r"\d{2,5}")
_CUTTING = frozenset({"fill", "crop", "thumb", "lfill", "fill_pad", "auto"})
_OWN_COMPONENT = frozenset({"if", "l", "u", "fn", "t"})
"""Parameters whose component means something else than its own parameters say."""


@dataclass(frozen=True)
class Chain:
    """A transformation's components, each as it is written."""

    components: tuple[str, ...]

    @classmethod
    def from_text(cls, text: str | None) -> Chain:
        """Read a transformation; None or empty is a chain without components."""
        return cls(tuple(filter(None, (text or "").split("/"))))

    def to_text(self) -> str:
        """Write the transformation."""
        return "/".join(self.components)

    def with_quality(self, quality: str) -> Chain:
        """The chain with this quality at its end, and no other."""
        return _ending_with(_without(self, "q"), f"q_{quality}")

    def with_format(self, format_code: str) -> Chain:
        """The chain with this delivery format at its end, and no other."""
        return _ending_with(_without(self, "f"), f"f_{format_code}")

    @property
    def width(self) -> int | None:
        """The width in pixels that the last sizing component asks for, None when it asks for none."""
        found = self._sizing()
        text = None if found is None else _parameters(self.components[found]).get("w")
        return int(text) if text and _PIXELS.fullmatch(text) else None

    def with_width(self, width: int) -> Chain:
        """The chain that gives this width: the sizing component scaled, or one added that makes nothing larger."""
        found = self._sizing()
        if found is None or self.width is None:
            return Chain((*self.components, f"c_limit,w_{width}"))
        values = dict(_parameters(self.components[found]))
        if _PIXELS.fullmatch(values.get("h", "")):
            values["h"] = str(max(1, round(int(values["h"]) * width / self.width)))
        return self._replaced(found, {**values, "w": str(width)})

    @property
    def cuts(self) -> bool:
        """Whether a component cuts away a part of the picture that a gravity chooses."""
        return self._cutting() is not None

    def with_gravity(self, gravity: str) -> Chain:
        """The chain whose cut keeps what this gravity says. Only for a chain that cuts."""
        found = self._cutting()
        assert found is not None  # noqa: S101 - asked for where `cuts` only
        values = {k: v for k, v in _parameters(self.components[found]).items() if k not in {"x", "y"}}
        return self._replaced(found, {**values, "g": gravity})

    def showing_all(self) -> Chain:
        """The chain that fits the whole picture into the same box, where it cut. Only for a chain that cuts."""
        found = self._cutting()
        assert found is not None  # noqa: S101 - asked for where `cuts` only
        values = {k: v for k, v in _parameters(self.components[found]).items() if k not in {"g", "x", "y"}}
        return self._replaced(found, {**values, "c": "fit"})

    def cut_to(self, region: Region) -> Chain:
        """The chain that cuts this part out first and scales it to the width that was asked. For a chain that cuts."""
        found = self._cutting()
        assert found is not None  # noqa: S101 - asked for where `cuts` only
        cut = f"c_crop,h_{region.height},w_{region.width},x_{region.x},y_{region.y}"
        width = self.width
        sized = (cut,) if width is None else (cut, f"c_limit,w_{width}")
        before, after = self.components[:found], self.components[found + 1 :]
        return Chain((*before, *sized, *after))

    @property
    def box(self) -> tuple[int, int] | None:
        """Width and height in pixels of the component that cuts, None when it does not give both."""
        found = self._cutting()
        values = {} if found is None else _parameters(self.components[found])
        width, height = values.get("w", ""), values.get("h", "")
        return (int(width), int(height)) if _PIXELS.fullmatch(width) and _PIXELS.fullmatch(height) else None

    def _sizing(self) -> int | None:
        return self._last(lambda values: "w" in values or "h" in values)

    def _cutting(self) -> int | None:
        return self._last(lambda values: values.get("c", "") in _CUTTING)

    def _last(self, is_it: Callable[[Mapping[str, str]], bool]) -> int | None:
        for number in range(len(self.components) - 1, -1, -1):
            values = _parameters(self.components[number])
            if not _OWN_COMPONENT & set(values) and is_it(values):
                return number
        return None

    def _replaced(self, number: int, values: Mapping[str, str]) -> Chain:
        made = ",".join(f"{name}_{value}" for name, value in sorted(values.items()))
        return Chain((*self.components[:number], made, *self.components[number + 1 :]))


def _parameters(component: str) -> Mapping[str, str]:
    found = (_PIECE.fullmatch(piece) for piece in component.split(","))
    return {match.group(1): match.group(2) for match in found if match is not None}


def _without(chain: Chain, name: str) -> Chain:
    """The chain without a parameter; a component that has no other goes with it."""
    kept = (
        ",".join(piece for piece in component.split(",") if not piece.startswith(f"{name}_"))
        for component in chain.components
    )
    return Chain(tuple(filter(None, kept)))


def _ending_with(chain: Chain, piece: str) -> Chain:
    """The chain with a quality or a format at its end; the two share a component."""
    if not chain.components or not _is_encoding(chain.components[-1]):
        return Chain((*chain.components, piece))
    shared = ",".join(sorted([*chain.components[-1].split(","), piece]))
    return Chain((*chain.components[:-1], shared))


def _is_encoding(component: str) -> bool:
    return set(_names(component)) <= {"q", "f"}


def _names(component: str) -> Iterator[str]:
    for piece in component.split(","):
        match = _PIECE.fullmatch(piece)
        yield match.group(1) if match else piece
