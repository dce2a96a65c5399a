"""What is refused, and what is chosen of the rest."""

from dataclasses import replace

import pytest

from corrections.renditions.candidates import Candidate
from corrections.renditions.chain import Chain
from corrections.renditions.judging import Tried, choose, compared_width, harms, is_help, judge
from corrections.renditions.measured import Measured

BEFORE = Measured(
    size_bytes=50_000, is_decodable=True, format_code="jpg", width_px=800, height_px=400, ssim=0.97, coverage=0.6
)
VIDEO = replace(BEFORE, coverage=None, first_frame_bytes=9_000)


@pytest.mark.parametrize(
    ("before", "changes", "found"),
    [
        (BEFORE, {"size_bytes": 50_001}, "larger"),
        (BEFORE, {"size_bytes": 50_001, "ssim": 0.96}, "larger"),
        (BEFORE, {"ssim": 0.9499}, "SSIM 0.9499"),
        (BEFORE, {"coverage": 0.59}, "59% of the region"),
        (BEFORE, {"is_decodable": False, "ssim": None}, "cannot be decoded"),
        (VIDEO, {"first_frame_bytes": 9_001}, "first frame after 9001"),
        (BEFORE, {"size_bytes": 50_001, "ssim": 0.9701}, None),
        (BEFORE, {"ssim": 0.95}, None),
        (BEFORE, {"coverage": 0.6}, None),
        (VIDEO, {"first_frame_bytes": 9_000}, None),
    ],
)
def test_what_makes_it_worse_is_refused_at_its_limit(
    before: Measured, changes: dict[str, object], found: str | None
) -> None:
    """Each rule has its reason in words, and does not take in what is just as good."""
    refusals = harms(before, replace(before, **changes))  # type: ignore[arg-type]
    assert (refusals == ()) is (found is None)
    assert found is None or found in refusals[0]


def test_all_that_speaks_against_a_candidate_is_told() -> None:
    """A person who wonders why nothing was proposed reads every reason, not the first."""
    worse = replace(BEFORE, size_bytes=60_000, ssim=0.5, coverage=0.1)
    assert len(harms(BEFORE, worse)) == 3


@pytest.mark.parametrize(
    ("category", "changes", "helps"),
    [
        ("slow_loading", {"size_bytes": 49_999}, True),
        ("slow_loading", {"ssim": 0.99}, False),
        ("incorrect_cropping", {"coverage": 0.61}, True),
        ("incorrect_cropping", {"size_bytes": 1_000}, False),
        ("poor_mobile_rendering", {"width_px": 400}, True),
        ("poor_mobile_rendering", {"width_px": 401, "ssim": 0.99}, True),
        ("poor_mobile_rendering", {"size_bytes": 1_000}, False),
    ],
)
def test_help_is_for_what_was_complained_of(category: str, changes: dict[str, object], helps: bool) -> None:
    """A lighter picture is no answer to a head that is cut off."""
    assert is_help(category, BEFORE, replace(BEFORE, **changes), 400) is helps  # type: ignore[arg-type]


def test_renditions_are_compared_as_they_are_seen() -> None:
    """At a width that nobody sees, what is good enough is refused, or what is too coarse is let through."""
    assert compared_width("poor_mobile_rendering", 480, 300) == 480
    assert compared_width("slow_loading", 480, 300) == 300
    assert compared_width("slow_loading", 480, 900) == 480
    assert compared_width("slow_loading", None, 900) == 900
    assert compared_width("incorrect_cropping", 480, 300) is None


def test_old_programs_are_not_made_worse_for_the_sake_of_new_ones() -> None:
    """f_auto gives WebP to a browser; what the e-mail program gets in its place counts, too."""
    candidate = Candidate(Chain.from_text("f_auto,q_auto"), plain=Chain.from_text("q_auto"))
    lighter = replace(BEFORE, size_bytes=20_000)
    assert judge("slow_loading", BEFORE, candidate, lighter, (), None).refusals == ()
    refused = judge("slow_loading", BEFORE, candidate, lighter, harms(BEFORE, replace(BEFORE, size_bytes=60_000)), None)
    assert "programs that take no other format" in refused.refusals[0]


def _tried(name: str, *refusals: str, **changes: object) -> Tried:
    return Tried(Candidate(Chain.from_text(name)), replace(BEFORE, **changes), refusals)  # type: ignore[arg-type]


def test_the_best_of_what_is_left_is_chosen() -> None:
    """By bytes where it loads slowly, by what is shown where the crop is wrong, by width where a telephone shows it."""
    light, wide, near = (
        _tried("a", size_bytes=10_000, coverage=0.7, width_px=700),
        _tried("b", size_bytes=40_000, coverage=0.9, width_px=900),
        _tried("c", size_bytes=30_000, coverage=0.8, width_px=410),
    )
    refused = _tried("d", "it cannot be decoded", size_bytes=1, coverage=1.0, width_px=400)
    every = [refused, wide, light, near]
    assert choose("slow_loading", every, 400) == light
    assert choose("incorrect_cropping", every, 400) == wide
    assert choose("poor_mobile_rendering", every, 400) == near
    assert choose("slow_loading", [refused], 400) is None
