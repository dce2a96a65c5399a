"""Looking at images that were made to hold up or end whoever looks at them."""

from __future__ import annotations

import io
import sys

import pytest
from PIL import Image

from assettrail.errors import ConfigurationError
from ingest.cloudinary import bounded
from ingest.cloudinary.bounded import ImageLooker
from ingest.cloudinary.picture import look_at

CAP = 80_000_000
BEGINS = (
    "import os, sys; from multiprocessing.connection import Connection; connection = Connection(int(sys.argv[1])); "
    "connection.send_bytes(b'begun')"
)


def image(kind: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    "content", [image("PNG"), image("JPEG")[:-9], b"<svg/>", b""], ids=["png", "cut", "svg", "nothing"]
)
def test_what_is_seen_apart_is_what_is_seen(content: bytes) -> None:
    """The process is a bound, and changes nothing of what is told."""
    assert ImageLooker().look_at(content, CAP) == look_at(content, CAP)


def test_scans_without_end_hold_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred bytes more are ten milliseconds more: a file within all caps held up the ingest for hours."""
    monkeypatch.setattr(bounded, "_SECONDS", 3)
    progressive = image("JPEG", (4000, 4000), "L", progressive=True)
    last = progressive.rindex(b"\xff\xda")
    scan = progressive[last:-2]
    seen = ImageLooker().look_at(progressive[:-2] + scan * 40_000 + b"\xff\xd9", CAP)
    assert seen.reason == "looking at it took more than 3 s"


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_the_largest_image_fits_the_memory(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image of 150 KB was given 1.2 GiB of memory, as each step of the preview took its pixels once more."""
    monkeypatch.setattr(bounded, "MEMORY_BYTES", 900 << 20)
    seen = ImageLooker().look_at(image("PNG", (8900, 8900), mode), CAP)
    assert (seen.is_decodable, seen.preview is not None) == (True, True)


def test_memory_without_end_is_the_images_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes all memory ends its own process and is told; the ingest goes on with the next one."""
    monkeypatch.setattr(bounded, "MEMORY_BYTES", 300 << 20)
    seen = ImageLooker().look_at(image("PNG", (8900, 8900), "RGBA"), CAP)
    assert (seen.format, seen.is_decodable) == ("png", False)
    assert "MemoryError" in str(seen.reason)


def test_a_decoder_that_crashes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that were made to crash a decoder end its process, not the run."""
    monkeypatch.setattr(bounded, "_PROGRAM", f"{BEGINS}; connection.recv_bytes(); os.abort()")
    assert ImageLooker().look_at(image("PNG"), CAP).reason == "its decoder ended with -6"


def test_a_process_that_cannot_begin_is_not_the_images_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without memory must not be written down as so many images that nobody can decode."""
    monkeypatch.setattr(bounded, "_PROGRAM", "raise MemoryError")
    with pytest.raises(ConfigurationError, match="before it began"):
        ImageLooker().look_at(image("PNG"), CAP)


def test_a_process_that_is_not_to_be_had_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that gives no process more would end the ingest with a bare OSError."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ConfigurationError, match="No such file"):
        ImageLooker().look_at(image("PNG"), CAP)


def test_an_answer_without_end_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes a decoder over would fill the memory of the ingest with its answer."""
    program = f"{BEGINS}; connection.recv_bytes(); connection.send_bytes(bytes(8 << 20))"
    monkeypatch.setattr(bounded, "_PROGRAM", program)
    assert str(ImageLooker().look_at(image("PNG"), CAP).reason).startswith("its decoder ended with")


def test_the_process_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes a decoder over finds no secret in its environment."""
    monkeypatch.setenv("ASSETTRAIL_CLOUDINARY__API_SECRET", "canary")
    told = "msgspec.msgpack.encode(Picture(reason=' '.join(os.environ)))"
    imports = "import msgspec; from ingest.cloudinary.picture import Picture"
    monkeypatch.setattr(
        bounded, "_PROGRAM", f"{BEGINS}; {imports}; connection.recv_bytes(); connection.send_bytes({told})"
    )
    assert "ASSETTRAIL" not in str(ImageLooker().look_at(image("PNG"), CAP).reason)


def test_one_process_looks_at_all_until_one_image_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting one for each image takes longer than looking at it; one that was ended must not end what follows."""
    looker = ImageLooker()
    sound = image("PNG")
    assert looker.look_at(sound, CAP) == looker.look_at(sound, CAP) == look_at(sound, CAP)
    first = looker._process
    assert first is not None
    monkeypatch.setattr(bounded, "_SECONDS", 0)
    assert looker.look_at(image("PNG", (4000, 4000)), CAP).reason == "looking at it took more than 0 s"
    monkeypatch.undo()
    assert looker.look_at(sound, CAP).is_decodable
    assert first.poll() is not None
    second = looker._process
    assert second is not None
    assert second is not first
    second.kill()
    second.wait()
    assert looker.look_at(sound, CAP).is_decodable, "that the machine ended it is no fault of the next image"
    looker.close()
