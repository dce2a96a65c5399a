"""Which other renditions are worth trying for a complaint.

Here belongs making candidates, pure; whether one is better is measured (`trial`) and judged (`judging`), never assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from corrections.renditions.chain import Chain
from corrections.renditions.measured import Region

Category = Literal["slow_loading", "incorrect_cropping", "poor_mobile_rendering"]
CATEGORIES: tuple[Category, ...] = get_args(Category)

_QUALITIES = ("auto:best", "auto:good", "auto:eco", "auto:low")
_GRAVITIES = (
    *("auto", "face", "north_west", "north", "north_east", "west"),
    *("center", "east", "south_west", "south", "south_east"),
)
_MOST_ENLARGED = 3
"""How many times its own size a small region of interest is enlarged at the most."""


@dataclass(frozen=True)
class Candidate:
    """A rendition to try. `plain` is the same one for programs that do not take the format of `f_auto`.

    `hint` is the part of the original that it names, None where the pixels have to tell.
    """

    chain: Chain
    plain: Chain | None = None
    hint: Region | None = None


def first_candidates(
    category: Category,
    delivered: Chain,
    resource_type: str,
    shown_width: int | None,
    delivered_width: int | None,
    original: tuple[int, int],
    interest: Region | None,
    *,
    is_declared: bool,
) -> list[Candidate]:
    """Return the candidates for a complaint, none of them twice, and not what is delivered.

    `shown_width` is how wide the device shows it, `delivered_width` how wide it came, both in pixels. `interest` is the
    region that a crop must keep; `is_declared` says whether Cloudinary knows it, too (then `g_custom` means it).
    """
    if category == "incorrect_cropping":
        found = _cuts(delivered, original, interest, is_declared=is_declared) if resource_type == "image" else []
    else:
        widths = _widths(category, delivered, shown_width, delivered_width)
        found = [one for width in widths for one in encodings(width, resource_type)]
        found += [Candidate(width) for width in widths]
    return _distinct(found, delivered)


def encodings(chain: Chain, resource_type: str) -> list[Candidate]:
    """Return a rendition in every automatic quality, as it is and (a picture) in the best format a program takes."""
    plain = [chain.with_quality(quality) for quality in _QUALITIES]
    automatic = [Candidate(one.with_format("auto"), plain=one) for one in plain] if resource_type == "image" else []
    return [*(Candidate(one) for one in plain), *automatic]


def _widths(category: Category, delivered: Chain, shown: int | None, came: int | None) -> list[Chain]:
    """The delivered width, and that of the device where it is another; slow loading is not answered by a wider one."""
    if shown is None or came is None or shown == came or (shown > came and category == "slow_loading"):
        return [delivered]
    return [delivered, delivered.with_width(shown)]


def _cuts(
    delivered: Chain, original: tuple[int, int], interest: Region | None, *, is_declared: bool
) -> list[Candidate]:
    if not delivered.cuts:
        return []
    found = [Candidate(delivered.with_gravity("custom"))] if is_declared else []
    if interest is not None and (box := delivered.box) is not None:
        cut = around(interest, box, original)
        found.append(Candidate(delivered.cut_to(cut), hint=cut))
    found += [Candidate(delivered.with_gravity(gravity)) for gravity in _GRAVITIES]
    return [*found, Candidate(delivered.showing_all())]


def around(interest: Region, box: tuple[int, int], original: tuple[int, int]) -> Region:
    """The smallest part of the original in the box's shape that has the region of interest in it, as far as it fits."""
    ratio = box[0] / box[1]
    width = max(interest.width, interest.height * ratio, min(box[0], original[0]) / _MOST_ENLARGED)
    width = min(width, original[0], original[1] * ratio)
    height = width / ratio
    x = interest.x + interest.width / 2 - width / 2
    y = interest.y + interest.height / 2 - height / 2
    return Region(
        round(min(max(0.0, x), original[0] - width)),
        round(min(max(0.0, y), original[1] - height)),
        max(1, round(width)),
        max(1, round(height)),
    )


def _distinct(found: list[Candidate], delivered: Chain) -> list[Candidate]:
    by_chain = {one.chain: one for one in reversed(found) if one.chain != delivered}
    return [by_chain[chain] for chain in dict.fromkeys(one.chain for one in found) if chain in by_chain]
