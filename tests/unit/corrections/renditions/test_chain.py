"""Changing one thing of a transformation, and nothing else of it."""

import pytest

from corrections.renditions.candidates import Candidate, around, first_candidates
from corrections.renditions.chain import Chain
from corrections.renditions.measured import Region


@pytest.mark.parametrize(
    ("text", "change", "expected"),
    [
        (None, lambda chain: chain.with_quality("auto:eco"), "q_auto:eco"),
        ("c_fill,h_300,w_600", lambda chain: chain.with_quality("80"), "c_fill,h_300,w_600/q_80"),
        ("c_fill,q_90,w_600", lambda chain: chain.with_quality("auto"), "c_fill,w_600/q_auto"),
        ("q_90/f_webp", lambda chain: chain.with_quality("auto"), "f_webp,q_auto"),
        ("w_600/q_auto", lambda chain: chain.with_format("auto"), "w_600/f_auto,q_auto"),
        ("c_fill,h_300,w_600/e_sepia", lambda chain: chain.with_width(300), "c_fill,h_150,w_300/e_sepia"),
        ("e_sepia", lambda chain: chain.with_width(300), "e_sepia/c_limit,w_300"),
        ("l_logo,w_40/q_auto", lambda chain: chain.with_width(300), "l_logo,w_40/q_auto/c_limit,w_300"),
        ("c_scale,w_auto", lambda chain: chain.with_width(300), "c_scale,w_auto/c_limit,w_300"),
        ("c_fill,g_west,h_3,w_6,x_9", lambda chain: chain.with_gravity("auto"), "c_fill,g_auto,h_3,w_6"),
        ("c_fill,g_west,h_300,w_600/q_80", lambda chain: chain.showing_all(), "c_fit,h_300,w_600/q_80"),
        (
            "c_thumb,h_300,w_600/q_80",
            lambda chain: chain.cut_to(Region(10, 20, 800, 400)),
            "c_crop,h_400,w_800,x_10,y_20/c_limit,w_600/q_80",
        ),
    ],
)
def test_one_thing_is_changed(text: str | None, change, expected: str) -> None:  # type: ignore[no-untyped-def]
    """A change that dropped an overlay or another size would publish another picture than the partner had."""
    assert change(Chain.from_text(text)).to_text() == expected


def test_candidates_are_distinct_and_never_what_is_delivered() -> None:
    """Each costs a derived file in the account; the delivered one is measured already."""
    delivered = Chain.from_text("c_fill,h_300,w_600/q_auto:good")
    found = first_candidates("slow_loading", delivered, "image", 400, 600, (2000, 1000), None, is_declared=False)
    texts = [one.chain.to_text() for one in found]
    assert len(set(texts)) == len(texts)
    assert delivered.to_text() not in texts
    assert "c_fill,h_200,w_400/f_auto,q_auto:eco" in texts


def test_slow_loading_is_not_answered_with_a_wider_rendition() -> None:
    """A tablet that shows it wider than it came would be sent more bytes for the complaint of too many."""
    delivered = Chain.from_text("c_scale,w_300")
    for category, is_tried in (("slow_loading", False), ("poor_mobile_rendering", True)):
        found = first_candidates(category, delivered, "image", 900, 300, (2000, 1000), None, is_declared=False)  # type: ignore[arg-type]
        assert any("w_900" in one.chain.to_text() for one in found) is is_tried


def test_a_crop_is_mended_only_where_something_is_cut() -> None:
    """Gravity means nothing to a rendition that shows the whole."""
    for text in (None, "c_limit,w_300", "t_banner"):
        chain = Chain.from_text(text)
        assert (
            first_candidates("incorrect_cropping", chain, "image", None, 300, (900, 300), None, is_declared=True) == []
        )
    delivered = Chain.from_text("c_fill,g_center,h_100,w_100")
    interest = Region(800, 100, 100, 100)
    found = first_candidates(
        "incorrect_cropping", delivered, "image", None, 100, (900, 300), interest, is_declared=False
    )
    assert Candidate(Chain.from_text("c_fit,h_100,w_100")) in found
    assert not any("g_custom" in one.chain.to_text() for one in found)
    assert any(one.hint is not None and interest.covered_by(one.hint) == 1 for one in found)


@pytest.mark.parametrize("interest", [Region(0, 0, 10, 10), Region(890, 290, 10, 10), Region(0, 0, 900, 300)])
@pytest.mark.parametrize("box", [(100, 100), (300, 50), (50, 300)])
def test_a_cut_around_a_region_stays_within_the_picture(interest: Region, box: tuple[int, int]) -> None:
    """Cloudinary refuses a crop that begins outside."""
    cut = around(interest, box, (900, 300))
    assert cut.x >= 0
    assert cut.y >= 0
    assert cut.x + cut.width <= 901
    assert cut.y + cut.height <= 301
    if interest.width < 100:
        assert interest.covered_by(cut) == 1
