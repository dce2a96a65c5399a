"""Addresses in HTML: found as a browser finds them, whatever the page's encoding, length and mistakes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest.exstream.html_addresses import Address, html_addresses

URL = "https://res.cloudinary.com/insurer/image/upload/v1768035600/brand/hero.jpg"


def found(data: bytes, block: int = 1 << 16) -> list[Address]:
    return html_addresses((data[at : at + block] for at in range(0, len(data), block)), lambda _: True, 1000)


def urls(data: bytes) -> list[str]:
    return [address.url for address in found(data)]


@pytest.mark.parametrize(
    ("html", "is_shown"),
    [
        (f"<IMG SRC={URL}>", True),
        (f"<img src='{URL}", False),
        (f"<source srcset='{URL} 2x'>", True),
        (f"<img data-src=' {URL} '>", True),
        (f"<video poster={URL}>", True),
        (f"<td background={URL}>", True),
        (f"<object data={URL}>", True),
        (f'<svg><image xlink:href="{URL}"/></svg>', True),
        (f"<p style='background:url(&quot;{URL}&quot;)'>", True),
        (f"<style>p {{ background: url({URL}) }}</style>", True),
        (f'<!--[if mso]><v:fill src="{URL}"/><![endif]-->', True),
        (f"<a href={URL}>", False),
    ],
)
def test_an_address_is_found_wherever_html_names_it(html: str, *, is_shown: bool) -> None:
    """Harm prevented: an image that a reader sees, and that no list of the letter's images has."""
    wanted = [] if html.startswith("<img src='") else [Address(URL, is_shown)]  # A tag that never ends shows nothing.
    assert found(html.encode()) == wanted
    assert found(html.encode(), block=1) == wanted


def test_what_is_no_markup_names_nothing() -> None:
    """Harm prevented: a letter is said to show what only its program text or a comment mentions."""
    page = (
        f"<script>var a = \"<img src='{URL}'>\"</script><!-- <img src='{URL}'> --><p>{URL}</p><textarea><img src={URL}>"
    )
    assert urls(page.encode()) == []


def test_addresses_of_a_list_have_commas_of_their_own() -> None:
    """Harm prevented: an address with a transformation is cut in two at its comma."""
    cut = URL.replace("/upload/", "/upload/c_fill,w_200/")
    assert urls(f"<img srcset='{cut} 1x,{URL} 2x, //x.example/3.jpg'>".encode()) == [
        cut,
        URL,
        "https://x.example/3.jpg",
    ]


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ("", "utf-8"),
        ("<meta charset=utf-16>", "utf-8"),
        ("<meta charset=nonsense>", "utf-8"),
        ("<meta charset=utf-7>", "utf-8"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">', "iso-8859-1"),
        ('<?xml version="1.0" encoding="windows-1252"?>', "cp1252"),
        ("", "utf-8-sig"),
        ("", "utf-16"),
        ("", "utf-16-le"),
        ("", "utf-16-be"),
    ],
)
def test_a_page_is_read_in_its_encoding_and_not_in_the_one_it_boasts(head: str, encoding: str) -> None:
    """Harm prevented: a page that claims another encoding than it has looks as if it had no image."""
    address = URL.replace("hero", "prämie")
    assert urls(f"{head or '<p>'}<img src={address}>".encode(encoding)) == [address]


@pytest.mark.parametrize(
    "data", [b"", b"   ", b"\x00\xff\xfe" * 50, b"<", b"<!--", b"<style>", b"<img src=", b"%PDF-1.7"]
)
def test_what_is_no_page_has_no_addresses(data: bytes) -> None:
    """Harm prevented: one broken output stops the reading of all others."""
    assert urls(data) == []


def test_an_image_written_inline_costs_no_more_than_its_length() -> None:
    """Harm prevented: a page with its images in it is read in quadratic time, or grows without bound."""

    def blocks() -> Iterator[bytes]:
        yield b"<img src='data:image/png;base64,"
        yield from [b"A" * 65536] * 64
        yield f"'><img src={URL}>".encode()

    assert html_addresses(blocks(), lambda url: url.startswith("https"), 10) == [Address(URL, is_shown=True)]


def test_no_more_is_kept_than_asked_for_and_one_that_tells_of_more() -> None:
    """Harm prevented: a page of addresses only fills the memory, or ends in a list that looks whole."""
    page = "".join(f"<img src={URL}?{number}>" for number in range(100))
    assert len(html_addresses([page.encode()], lambda _: True, 5)) == 6
