"""Is a candidate better for what was complained of, and does nothing else get worse by it?

Here belong the rules, pure: why a candidate is refused, and which of the rest is chosen. The rules of refusal hold for
every complaint: larger without being more like the original, less like it than 0.95, less of the region of interest,
not decodable, a video slower to its first frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corrections.renditions.candidates import Candidate, Category
from corrections.renditions.measured import Measured

LEAST_SSIM = 0.95
_SSIM_STEP = 0.01
"""Renditions whose similarity differs by less look the same; of them the lightest is chosen."""


@dataclass(frozen=True)
class Tried:
    """A candidate as it was measured, and why it is refused; it may be chosen when nothing speaks against it."""

    candidate: Candidate
    measured: Measured
    refusals: tuple[str, ...]


def compared_width(category: Category, shown_width: int | None, delivered_width: int | None) -> int | None:
    """Return the width in pixels at which renditions are compared with the original; None: each as wide as it is.

    At the device's, where it is the rendering on it that was complained of; what loads slowly is not to look worse than
    it was delivered, and a cut that shows more is as wide as the one before.
    """
    if category == "incorrect_cropping":
        return None
    if category == "poor_mobile_rendering":
        return shown_width
    return min((width for width in (shown_width, delivered_width) if width is not None), default=None)


def harms(before: Measured, after: Measured) -> tuple[str, ...]:
    """Why a rendition must not replace the one before it, whatever the complaint; empty when it may."""
    if not after.is_decodable or after.ssim is None:
        return ("it cannot be decoded",)
    found: list[str] = []
    is_more_alike = before.ssim is None or after.ssim > before.ssim
    if after.size_bytes > before.size_bytes and not is_more_alike:
        found.append(
            f"larger ({after.size_bytes} bytes, before {before.size_bytes}) and no more like the original "
            f"(SSIM {after.ssim}, before {before.ssim})"
        )
    if after.ssim < LEAST_SSIM:
        found.append(f"SSIM {after.ssim} against the scaled original, at least {LEAST_SSIM} is needed")
    if before.coverage is not None and (after.coverage or 0.0) < before.coverage:
        found.append(f"shows {after.coverage:.0%} of the region of interest, before {before.coverage:.0%}")
    first, first_before = after.first_frame_bytes, before.first_frame_bytes
    if first is not None and first_before is not None and first > first_before:
        found.append(f"first frame after {first} bytes, before {first_before}")
    return tuple(found)


def is_help(category: Category, before: Measured, after: Measured, shown_width: int | None) -> bool:
    """Whether a rendition is better in what was complained of: lighter, keeping more, or fitting the device better."""
    if not before.is_decodable:
        return after.is_decodable
    if category == "slow_loading":
        return after.size_bytes < before.size_bytes and (after.first_frame_bytes or 0) <= (
            before.first_frame_bytes or 0
        )
    if category == "incorrect_cropping":
        return after.coverage is not None and after.coverage > (before.coverage or 0.0)
    fits_better = shown_width is not None and _off(after, shown_width) < _off(before, shown_width)
    return fits_better or (after.ssim or 0.0) >= (before.ssim or 0.0) + _SSIM_STEP


def judge(
    category: Category,
    before: Measured,
    candidate: Candidate,
    after: Measured,
    harms_of_plain: Sequence[str],
    shown_width: int | None,
) -> Tried:
    """Judge one candidate; `harms_of_plain` is what it does to programs that do not take the format of `f_auto`."""
    found = [*harms(before, after), *(f"for programs that take no other format: {harm}" for harm in harms_of_plain)]
    if not found and not is_help(category, before, after, shown_width):
        found.append(f"no help against {category}")
    return Tried(candidate, after, tuple(found))


def choose(category: Category, tried: Sequence[Tried], shown_width: int | None) -> Tried | None:
    """Return the best of the candidates that were not refused, None when all were."""
    admitted = [one for one in tried if not one.refusals]
    return min(admitted, key=lambda one: _rank(category, one, shown_width), default=None)


def nearest(tried: Sequence[Tried]) -> list[Tried]:
    """The candidates that keep most of the region of interest, refused or not, the lightest first."""
    decoded = [one for one in tried if one.measured.is_decodable and one.measured.coverage is not None]
    most = max((one.measured.coverage or 0.0 for one in decoded), default=0.0)
    best = [one for one in decoded if (one.measured.coverage or 0.0) >= most]
    return sorted(best, key=lambda one: (one.measured.size_bytes, one.candidate.chain.to_text()))


def _rank(category: Category, one: Tried, shown_width: int | None) -> tuple[float, ...]:
    measured = one.measured
    unlike = round((1 - (measured.ssim or 0.0)) / _SSIM_STEP)
    if category == "incorrect_cropping":
        return (-(measured.coverage or 0.0), unlike, measured.size_bytes)
    if category == "poor_mobile_rendering":
        off = 0 if shown_width is None else _off(measured, shown_width)
        return (off, unlike, measured.size_bytes)
    return (measured.size_bytes, unlike)


def _off(measured: Measured, shown_width: int) -> int:
    """By how many pixels a rendition is wider or narrower than it is shown."""
    return abs((measured.width_px or 0) - shown_width)
