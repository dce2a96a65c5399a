"""The SDK's own addresses, there and back: what went in comes out, and what comes out makes the same address again.

2,000 generated sets of options in every run. The parser knows nothing of the options, so that a segment that it takes
for another one shows as a difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cloudinary.utils import cloudinary_url
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from ingest.cloudinary.delivery_url import DeliveryAddress, parse_delivery_url

CLOUD = "demo"
SECRET = "s3cret"
CNAME = "img.insurer.example"
OWN_DISTRIBUTION = "assets.insurer.example"
EXAMPLES = 2000

LETTERS = st.characters(categories=("L", "N"), exclude_characters="\u0130")
SEGMENTS = st.one_of(
    st.text(st.one_of(LETTERS, st.sampled_from("-_.,()+&=!$~'@ ")), min_size=1, max_size=14),
    st.sampled_from(
        [
            "w_100",
            "c_fill,w_100",
            "t_shirts",
            "$size_10",
            "my_folder",
            "2024",
            "v2sign",
            "s--short--",
            "images",
            "logo.png",
        ]
    ),
).filter(lambda text: text.strip(" .") == text and text not in {"image", "video", "raw"} and not _is_version(text))
PUBLIC_IDS = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join)
REMOTE = st.builds(
    "{}://{}/{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["x.org", "www.partner.example:8080"]),
    st.lists(st.text("abcXYZ09_-. é", min_size=1, max_size=8).filter(lambda text: text.strip()), max_size=3).map(
        "/".join
    ),
    st.sampled_from(["", "?b=1", "?a=1&b=ü%20c", "?v=12"]),
)

NUMBERS = st.one_of(st.integers(0, 5000), st.floats(0.1, 3).map(lambda value: round(value, 2)))
LAYERS = st.sampled_from(
    [
        "logo",
        "video:brand:clip",
        {"public_id": "brand/logo", "format": "png"},
        {"text": "a,b/c é 100%", "font_family": "Arial", "font_size": 20, "font_weight": "bold"},
        {"text": "$(name) v12/v13", "font_family": "Noto Sans", "font_size": 9},
        {"url": "https://x.org/v3/a.png?b=1"},
        {"public_id": "sub/en.srt", "resource_type": "subtitles", "font_family": "Arial", "font_size": 40},
    ]
)
SIMPLE: dict[str, st.SearchStrategy[Any]] = {
    "width": st.one_of(NUMBERS, st.sampled_from(["auto", "auto:100:400", "iw_div_2", "iw * 0.5", "$size"])),
    "height": st.one_of(NUMBERS, st.sampled_from(["ih", "ih - 10", "$w * 2"])),
    "crop": st.sampled_from(["fill", "fit", "limit", "scale", "thumb", "pad", "auto", "imagga_crop", "fill_pad"]),
    "gravity": st.sampled_from(["auto", "face", "center", "north_east", "auto:subject", "xy_center", "ocr_text"]),
    "aspect_ratio": st.sampled_from(["16:9", "1.5", 1, "$ar"]),
    "x": NUMBERS,
    "y": NUMBERS,
    "zoom": NUMBERS,
    "radius": st.sampled_from([20, "max", [10, 20, "$r"], "10:20"]),
    "angle": st.sampled_from([90, "auto_right", ["auto_right", "hflip"], -45]),
    "opacity": st.integers(0, 100),
    "border": st.sampled_from(["4px_solid_rgb:fefde7", {"width": 4, "color": "#00390b60"}]),
    "background": st.sampled_from(["red", "#112233", "auto:predominant_gradient:2", "blurred:400:15"]),
    "color": st.sampled_from(["red", "#ab12cd"]),
    "effect": st.sampled_from(["sepia", "blur:300", {"sepia": -10}, ["sepia", 10], "replace_color:maroon:80:2b38aa"]),
    "fetch_format": st.sampled_from(["auto", "webp", "auto:video"]),
    "quality": st.sampled_from(["auto", "auto:best", 80, "70:420", "auto:good:sensitive", "80:qmax_90"]),
    "dpr": st.sampled_from(["auto", "2.0", 3]),
    "flags": st.sampled_from(["progressive", ["lossy", "layer_apply"], "attachment:my_name", "animated"]),
    "overlay": LAYERS,
    "underlay": LAYERS,
    "if": st.sampled_from(["w_gt_100", "w > 100 && aspect_ratio < 1.5", "!tag1:tag2! in tags", "end"]),
    "variables": st.lists(
        st.tuples(st.sampled_from(["$size", "$w2", "$name"]), st.sampled_from([10, "$size * 2", "!logo:v3!"])),
        max_size=2,
    ),
    "default_image": st.sampled_from(["avatar.png"]),
    "page": st.integers(1, 9),
    "density": st.integers(72, 600),
    "start_offset": st.sampled_from(["auto", "2.5", "35p", "35%"]),
    "end_offset": st.sampled_from(["8", "70p"]),
    "duration": st.sampled_from(["2", "6.32p"]),
    "video_codec": st.sampled_from(["auto", {"codec": "h264", "profile": "basic", "level": "3.1", "b_frames": False}]),
    "audio_codec": st.sampled_from(["aac", "none"]),
    "audio_frequency": st.sampled_from([44100, "iaf"]),
    "bit_rate": st.sampled_from(["500k", 2048]),
    "video_sampling": st.sampled_from([20, "2.3s"]),
    "fps": st.sampled_from(["24-29.97", 24, [24, "$fps"], "-24"]),
    "keyframe_interval": st.sampled_from([0.05, 3, "$ki"]),
    "streaming_profile": st.sampled_from(["full_hd", "4k"]),
    "color_space": st.sampled_from(["srgb", "icc:profile.icc"]),
    "prefix": st.sampled_from(["media_lib"]),
    "delay": st.integers(0, 500),
    "custom_function": st.sampled_from(
        [{"function_type": "wasm", "source": "blur.wasm"}, {"function_type": "remote", "source": "https://x.org/f?a=1"}]
    ),
    "raw_transformation": st.sampled_from(["w_10,h_20", "e_art:zorro/c_fit", "f_auto"]),
}


def _options(most: int) -> st.SearchStrategy[dict[str, Any]]:
    names = st.lists(st.sampled_from(sorted(SIMPLE)), max_size=most, unique=True)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: SIMPLE[name] for name in chosen}))


CHAINS = st.one_of(
    st.just([]),
    st.lists(st.sampled_from(["banner", "jpg_with_quality_30", "brand.v2"]), min_size=1, max_size=2),
    st.lists(_options(3), min_size=1, max_size=3),
)
TRANSFORMATIONS = st.builds(
    lambda options, chain: {**options, **({"transformation": chain} if chain else {})}, _options(4), CHAINS
)


@dataclass(frozen=True)
class Form:
    """Where an address is built for: the SDK's options of host and shape, and what a reader knows of them."""

    options: dict[str, Any]
    hosts: tuple[str, ...] = ()
    kinds: tuple[tuple[str, str], ...] = field(default=())


_ANY = tuple((kind, name) for kind in ("image", "video", "raw") for name in ("upload", "private", "authenticated"))
_IMAGE = (("image", "upload"),)
FORMS = st.sampled_from(
    [
        Form({"secure": True}, (), _ANY),
        Form({"secure": False}, (), _ANY),
        Form({"secure": True, "cdn_subdomain": True}, (), _ANY),
        Form({"secure": False, "cdn_subdomain": True, "private_cdn": True}, (), _ANY),
        Form({"secure": True, "private_cdn": True}, (), _ANY),
        Form({"secure": False, "cname": CNAME}, (CNAME,), _ANY),
        Form({"secure": False, "cname": CNAME, "cdn_subdomain": True, "private_cdn": True}, (CNAME,), _ANY),
        Form({"secure": True, "secure_distribution": OWN_DISTRIBUTION, "private_cdn": True}, (OWN_DISTRIBUTION,), _ANY),
        Form({"secure": True, "secure_distribution": OWN_DISTRIBUTION}, (OWN_DISTRIBUTION,), _ANY),
        Form({"secure": True, "shorten": True}, (), _IMAGE),
        Form({"secure": True, "private_cdn": True, "url_suffix": "nice-name"}, (), (*_IMAGE, ("raw", "upload"))),
        Form({"secure": True, "private_cdn": True, "use_root_path": True}, (), _IMAGE),
        Form({"secure": True, "private_cdn": True, "use_root_path": True, "url_suffix": "nice"}, (), _IMAGE),
    ]
)
SIGNING = st.sampled_from(
    [
        {},
        {"sign_url": True},
        {"sign_url": True, "long_url_signature": True},
        {"sign_url": True, "signature_algorithm": "sha256"},
    ]
)


def built(public_id: str, **options: Any) -> str:
    """The SDK's address."""
    url, _ = cloudinary_url(public_id, cloud_name=CLOUD, api_secret=SECRET, **options)
    return str(url)


def written(options: dict[str, Any]) -> str | None:
    """The transformation as the SDK writes it into an address."""
    bare = built("x", type="upload", force_version=False, **options)
    middle = bare.removeprefix(f"http://res.cloudinary.com/{CLOUD}/image/upload").removesuffix("/x")
    return middle.strip("/") or None


def _is_version(text: str) -> bool:
    return text[:1] == "v" and text[1:].isascii() and text[1:].isdigit()


def _named(public_id: str | None, extension: str | None) -> str:
    return f"{public_id}.{extension}" if extension else str(public_id)


@example(
    data=None,
    form=Form({"secure": True, "private_cdn": True, "use_root_path": True, "url_suffix": "nice"}, (), _IMAGE),
    signing={},
    public_id="images",
    options={},
    version=None,
    extension=None,
)
@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(
    data=st.data(),
    form=FORMS,
    signing=SIGNING,
    public_id=PUBLIC_IDS,
    options=TRANSFORMATIONS,
    version=st.none() | st.integers(2, 4_000_000_000),
    extension=st.sampled_from([None, "jpg", "png", "webp", "pdf", "mp4"]),
)
def test_an_address_of_the_sdk_comes_back_whole(
    data: st.DataObject | None,
    form: Form,
    signing: dict[str, Any],
    public_id: str,
    options: dict[str, Any],
    version: int | None,
    extension: str | None,
) -> None:
    """A segment that is lost, added or taken for another would tie a customer's letter to another asset."""
    kind, delivery_type = data.draw(st.sampled_from(form.kinds)) if data else form.kinds[0]
    assume(extension is None or kind != "raw")
    suffix = form.options.get("url_suffix")
    url = built(
        public_id,
        resource_type=kind,
        type=delivery_type,
        version=version,
        format=extension,
        **form.options,
        **signing,
        **options,
    )
    assume(" " not in url)  # A quoted text with spaces in a condition: the SDK writes it bare, and no address has it.
    whole = _named(public_id, extension)
    read = parse_delivery_url(url, form.hosts, CLOUD)
    if read.state == "ambiguous":
        assert version is None or form.options.get("use_root_path") or _has_unknown_folder(read)
        (meant,) = (reading for reading in read.readings if reading.public_id == public_id)
        assert len(set(read.readings)) == len(read.readings)
        read = read._replace(state="parsed", **meant._asdict())
    assert read.state == "parsed", (url, read)
    assert (read.cloud, read.resource_type, read.type) == (CLOUD, kind, delivery_type)
    assert _named(read.public_id, read.format) == whole, url
    assert (read.version, read.suffix, read.transformation) == (version, suffix, written(options)), url
    assert (read.signature is not None) == bool(signing)
    again = built(
        str(read.public_id),
        resource_type=read.resource_type,
        type=read.type,
        version=read.version,
        format=read.format,
        raw_transformation=read.transformation,
        **form.options,
        **signing,
    )
    assert again == url
    if read.signature:
        assert f"/s--{read.signature}--/" in again


def _has_unknown_folder(read: DeliveryAddress) -> bool:
    return "known transformation" in str(read.reason)


@settings(max_examples=300, deadline=None)
@given(remote=REMOTE, options=TRANSFORMATIONS, version=st.none() | st.integers(2, 4_000_000_000), signing=SIGNING)
def test_a_fetched_address_comes_back_whole(
    remote: str, options: dict[str, Any], version: int | None, signing: dict[str, Any]
) -> None:
    """The remote address holds slashes, queries and `v12` of its own: cut at one of them it names another file."""
    url = built(remote, type="fetch", secure=True, version=version, **signing, **options)
    assume(" " not in url)
    read = parse_delivery_url(url, (), CLOUD)
    assert (read.state, read.public_id, read.version, read.type) == ("parsed", remote, version, "fetch"), url
    again = built(
        str(read.public_id),
        type="fetch",
        secure=True,
        version=version,
        raw_transformation=read.transformation,
        **signing,
    )
    assert again == url
