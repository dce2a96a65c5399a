"""Delivery addresses: the SDK's own addresses come back as they went in, and nothing is guessed."""

from __future__ import annotations

import json

import pytest
from cloudinary.utils import cloudinary_url
from hypothesis import assume, given
from hypothesis import strategies as st

from ingest.cloudinary.address_readings import readings_json
from ingest.cloudinary.delivery_url import MOST_READINGS, Reading, parse_delivery_url
from ingest.cloudinary.transformation import normalised_transformation

CLOUD = "demo"
SEGMENT = st.text("abcdefgh ijkäß€.()+-0123456789_%", min_size=1, max_size=12).filter(
    lambda text: text.strip(". ") == text and "%" not in text and not text.startswith(("http", "v"))
)
PUBLIC_IDS = st.lists(SEGMENT, min_size=1, max_size=4).map("/".join)
TRANSFORMATIONS = st.fixed_dictionaries(
    {},
    optional={
        "width": st.integers(1, 4000),
        "height": st.integers(1, 4000),
        "crop": st.sampled_from(["fill", "fit", "limit", "scale", "thumb", "pad"]),
        "gravity": st.sampled_from(["auto", "face", "center", "north_east"]),
        "fetch_format": st.just("auto"),
        "quality": st.sampled_from(["auto", "auto:best", 80]),
        "effect": st.sampled_from(["sepia", "blur:300"]),
        "overlay": st.sampled_from(["logo", {"text": "a,b/c é", "font_family": "Arial", "font_size": 20}]),
        "transformation": st.lists(
            st.sampled_from([{"width": 10, "crop": "scale"}, {"angle": 90}, {"transformation": "banner"}]), max_size=2
        ),
    },
)


@given(
    public_id=PUBLIC_IDS,
    options=TRANSFORMATIONS,
    version=st.none() | st.integers(2, 4_000_000_000),
    extension=st.sampled_from([None, "jpg", "png", "webp", "pdf"]),
    resource_type=st.sampled_from(["image", "video", "raw"]),
    delivery_type=st.sampled_from(["upload", "private", "authenticated"]),
    is_signed=st.booleans(),
    is_long=st.booleans(),
    is_private=st.booleans(),
)
def test_the_sdks_addresses_come_back(
    public_id: str,
    options: dict[str, object],
    version: int | None,
    extension: str | None,
    resource_type: str,
    delivery_type: str,
    is_signed: bool,
    is_long: bool,
    is_private: bool,
) -> None:
    """A parser that loses a segment would tie a customer's letter to another asset."""
    assume(extension is None or resource_type != "raw")
    url, _ = cloudinary_url(
        public_id,
        cloud_name=CLOUD,
        secure=True,
        private_cdn=is_private,
        resource_type=resource_type,
        type=delivery_type,
        version=version,
        format=extension,
        sign_url=is_signed,
        long_url_signature=is_long,
        api_secret="secret",
        **options,
    )
    read = parse_delivery_url(url)
    if read.state == "ambiguous":
        assert version is None
        assert "/" not in public_id
        (meant,) = (reading for reading in read.readings if reading.public_id == public_id)
        read = read._replace(state="parsed", **meant._asdict())
    assert read.state == "parsed", url
    assert (read.cloud, read.resource_type, read.type) == (CLOUD, resource_type, delivery_type)
    assert read.version == version
    assert (read.signature is not None) == is_signed
    named = public_id if extension is None else f"{public_id}.{extension}"
    assert f"{read.public_id}.{read.format}" == named if read.format else read.public_id == named
    signature = f"/s--{read.signature}--" if is_signed else ""
    middle = f"/{read.transformation}" if read.transformation else ""
    prefix = f"https://{CLOUD}-res.cloudinary.com" if is_private else f"https://res.cloudinary.com/{CLOUD}"
    assert url.startswith(f"{prefix}/{resource_type}/{delivery_type}{signature}{middle}/")


@given(st.text(max_size=300) | st.from_regex(r"https://res\.cloudinary\.com/[!-~]{0,120}", fullmatch=True))
def test_nothing_makes_the_parser_raise(text: str) -> None:
    """Addresses come from partners: one hostile text must not stop an ingest."""
    read = parse_delivery_url(text)
    assert read.state in {"parsed", "ambiguous", "unparsable"}
    assert (read.public_id is None) == (read.state == "unparsable")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("image/upload/v1/a/b.jpg", ("parsed", None, "a/b", "jpg", None)),
        ("image/upload/v1700000000/a/b", ("parsed", 1700000000, "a/b", None, None)),
        ("image/upload/s----SjmNDA--/v7/x.png", ("parsed", 7, "x", "png", None)),
        ("image/upload/2024/x.jpg", ("parsed", None, "2024/x", "jpg", None)),
        ("image/upload/v7/w_100/x.jpg", ("parsed", 7, "w_100/x", "jpg", None)),
        ("image/upload/w_100/x.jpg", ("ambiguous", None, "x", "jpg", "w_100")),
        ("image/upload/c_fill,w_100/x.jpg", ("parsed", None, "x", "jpg", "c_fill,w_100")),
        ("image/upload/f_auto/q_auto/x.jpg", ("parsed", None, "x", "jpg", "f_auto/q_auto")),
        ("image/upload/w_100/f_auto/x.jpg", ("parsed", None, "x", "jpg", "w_100/f_auto")),
        ("image/upload/f_auto/t_shirts/x.jpg", ("ambiguous", None, "x", "jpg", "f_auto/t_shirts")),
        ("image/upload/my_folder/x.jpg", ("parsed", None, "my_folder/x", "jpg", None)),
        (
            "image/upload/l_text:Arial_20:a%252Cb%252Fc,w_5/v3/x",
            ("parsed", 3, "x", None, "l_text:Arial_20:a%252Cb%252Fc,w_5"),
        ),
        ("raw/upload/v3/doc.tar.gz", ("parsed", 3, "doc.tar.gz", None, None)),
        ("image/upload/v3/x.jpg?_a=BAMAK&__cld_token__=exp", ("parsed", 3, "x", "jpg", None)),
        ("image/upload/v3/sch%C3%B6n%20x.jpg", ("parsed", 3, "schön x", "jpg", None)),
        ("images/v3/pid/nice-name.jpg", ("parsed", 3, "pid", "jpg", None)),
        ("files/v3/doc.pdf/nice-name", ("parsed", 3, "doc.pdf", None, None)),
        ("iu/v3/pid.jpg", ("parsed", 3, "pid", "jpg", None)),
        ("v3/pid.jpg", ("parsed", 3, "pid", "jpg", None)),
        ("image/fetch/w_9/v3/https://x.org/v12/a%3Fb=1", ("parsed", 3, "https://x.org/v12/a?b=1", None, "w_9")),
        ("image/fetch/https://x.org/a?b=1&_a=Z", ("parsed", None, "https://x.org/a?b=1", None, None)),
        ("image/upload/v3/../secret.jpg", ("unparsable", None, None, None, None)),
        ("image/upload/v3/%2e%2e/secret.jpg", ("unparsable", None, None, None, None)),
        ("image/upload/v3/%ff.jpg", ("unparsable", None, None, None, None)),
        ("image/upload/v3/", ("unparsable", None, None, None, None)),
        ("image/nothing/v3/x.jpg", ("unparsable", None, None, None, None)),
        ("image/upload/folder/v3/x.jpg", ("unparsable", None, None, None, None)),
        ("image/upload/my_folder/v3/x.jpg", ("ambiguous", 3, "x", "jpg", "my_folder")),
        ("image/upload/fps_24-$fps/x.jpg", ("ambiguous", None, "x", "jpg", "fps_24-$fps")),
        ("image/upload/v2sign/x.jpg", ("parsed", None, "v2sign/x", "jpg", None)),
        ("image/list/v3/summer.json", ("parsed", 3, "summer", "json", None)),
        ("image/upload/v3/summer.json", ("parsed", 3, "summer.json", None, None)),
        ("private_images/v3/pid/nice-name.jpg", ("parsed", 3, "pid", "jpg", None)),
        ("videos/v3/clip/nice-name.mp4", ("parsed", 3, "clip", "mp4", None)),
        ("image", ("parsed", None, "image", None, None)),
        ("images/nice", ("ambiguous", None, "images/nice", None, None)),
        ("image/upload/v3/a/%2E%2E/x.jpg", ("unparsable", None, None, None, None)),
    ],
)
def test_the_traps_of_the_grammar(path: str, expected: tuple[object, ...]) -> None:
    """Each of these was read wrongly by at least one public parser."""
    read = parse_delivery_url(f"https://res.cloudinary.com/{CLOUD}/{path}")
    assert (read.state, read.version, read.public_id, read.format, read.transformation) == expected


@pytest.mark.parametrize(
    ("url", "hosts", "cloud", "expected"),
    [
        ("https://evil.example/demo/image/upload/v3/x.jpg", (), None, None),
        ("https://res.cloudinary.com.evil.example/demo/image/upload/v3/x.jpg", (), None, None),
        ("https://img.insurer.example/image/upload/v3/x.jpg", ("img.insurer.example",), "demo", "demo"),
        ("https://img.insurer.example/demo/image/upload/v3/x.jpg", ("img.insurer.example",), None, "demo"),
        ("http://a3.img.insurer.example/image/upload/v3/x.jpg", ("img.insurer.example",), "demo", "demo"),
        ("http://127.0.0.1:8080/demo/image/upload/v3/x.jpg", ("127.0.0.1:8080",), "demo", "demo"),
        ("http://127.0.0.1:8080/demo/image/upload/v3/x.jpg", ("127.0.0.1",), "demo", "demo"),
        ("http://127.0.0.1:8080/demo/image/upload/v3/x.jpg", (), "demo", None),
        ("https://demo-res-3.cloudinary.com/image/upload/v3/x.jpg", (), None, "demo"),
        ("https://user@res.cloudinary.com/demo/image/upload/v3/x.jpg", (), None, None),
        ("https://res.cloudinary.com:99999/demo/image/upload/v3/x.jpg", (), None, None),
        ("ftp://res.cloudinary.com/demo/image/upload/v3/x.jpg", (), None, None),
        ("https://d3jpl91pxevbkh.cloudfront.net/demo/image/upload/v3/x.jpg", (), None, "demo"),
        ("https://d111111abcdef8.cloudfront.net/demo/image/upload/v3/x.jpg", (), None, None),
        ("https://res.cloudinary.com@evil.example/demo/image/upload/v3/x.jpg", (), None, None),
        ("https://res.cloudinary.com\\@evil.example/demo/image/upload/v3/x.jpg", (), None, None),
        ("HTTPS://RES.Cloudinary.com/demo/image/upload/v3/x.jpg", (), None, "demo"),
    ],
)
def test_only_the_customers_own_hosts_deliver(
    url: str, hosts: tuple[str, ...], cloud: str | None, expected: str | None
) -> None:
    """An address on a foreign host that looks like ours must not count as a use of our asset."""
    assert parse_delivery_url(url, hosts, cloud).cloud == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "image/upload/w_100/cat.jpg",
            [
                ("cat", "w_100", "jpg", None),
                ("cat.jpg", "w_100", None, None),
                ("w_100/cat", None, "jpg", None),
                ("w_100/cat.jpg", None, None, None),
            ],
        ),
        ("raw/upload/f_auto/t_x/a.zip", [("a.zip", "f_auto/t_x", None, None), ("t_x/a.zip", "f_auto", None, None)]),
        (
            "v3/pid/nice.jpg",
            [("pid/nice", None, "jpg", None), ("pid/nice.jpg", None, None, None), ("pid", None, "jpg", "nice")],
        ),
        ("image/upload/my_folder/v3/x", [("x", "my_folder", None, None)]),
        ("image/upload/v3/logo.png", []),
        ("image/upload/v3/", []),
    ],
)
def test_an_address_in_doubt_tells_all_its_readings(path: str, expected: list[tuple[str | None, ...]]) -> None:
    """A reading that is not told is never found to be the one that names an asset: another is taken for it."""
    read = parse_delivery_url(f"https://res.cloudinary.com/{CLOUD}/{path}")
    assert [tuple(reading) for reading in read.readings] == expected
    assert (read.state == "ambiguous") == bool(expected)
    if expected:
        assert Reading(str(read.public_id), read.transformation, read.format, read.suffix) == read.readings[0]


def test_an_address_of_endless_readings_tells_none() -> None:
    """Addresses come from partners: one hostile text must not land a thousand times its size."""
    within = parse_delivery_url(f"https://res.cloudinary.com/{CLOUD}/image/upload/{'w_1/' * (MOST_READINGS - 1)}x")
    beyond = parse_delivery_url(f"https://res.cloudinary.com/{CLOUD}/image/upload/{'w_1/' * MOST_READINGS}x")
    assert (within.state, len(within.readings)) == ("ambiguous", MOST_READINGS)
    assert (beyond.state, beyond.public_id, beyond.readings) == ("ambiguous", "x", ())


def test_addresses_that_can_mean_the_same_land_the_same_readings() -> None:
    """The warehouse settles each set of readings once: with host or signature in it every address had its own."""
    one = parse_delivery_url(f"https://res.cloudinary.com/{CLOUD}/image/upload/w_100/v%C3%A9lo.jpg")
    other = parse_delivery_url(f"http://{CLOUD}-res.cloudinary.com/image/upload/s--abcdefgh--/w_100/v%C3%A9lo.jpg?_a=B")
    assert readings_json(one) == readings_json(other)
    assert readings_json(parse_delivery_url(f"https://res.cloudinary.com/{CLOUD}/image/upload/v3/x.jpg")) is None
    assert json.loads(str(readings_json(one)))[2] == {
        "public_id": "w_100/vélo",
        "resource_type": "image",
        "type": "upload",
        "format": "jpg",
    }


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("w_100,h_50,c_fill", "c_fill,h_50,w_100"),
        ("w_100,if_w_gt_5,$b_1,$a_$b", "if_w_gt_5,$b_1,$a_$b,w_100"),
        ("e_sepia/w_9,c_fit", "e_sepia/c_fit,w_9"),
        ("l_text:Arial_20:a%252Cb,co_red", "co_red,l_text:Arial_20:a%252Cb"),
    ],
)
def test_a_transformation_has_one_normal_form(written: str, expected: str) -> None:
    """Hand-written addresses order parameters as they like; unordered they would join to no derived file."""
    read = parse_delivery_url(f"https://res.cloudinary.com/{CLOUD}/image/upload/{written}/v3/x.jpg")
    assert (read.transformation, read.normalised_transformation) == (written, expected)
    assert normalised_transformation(expected) == expected
