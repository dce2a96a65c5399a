"""Small real videos, made when they are asked for: an MP4 of a few frames, each of them a JPEG.

The same key gives the same bytes, another key others. Uploading them does not belong here.
"""

import struct
from collections.abc import Sequence

VIDEO_FORMAT = "mp4"
FRAMES = 3
_TIME_SCALE = 1
#: Rotation and scale that change nothing, as the format writes them.
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def resource_type_of(file_format: str) -> str:
    """What the media service calls a file of a format: video or image."""
    return "video" if file_format == VIDEO_FORMAT else "image"


def video_bytes(frames: Sequence[bytes], width: int, height: int) -> bytes:
    """An MP4 that shows each JPEG for one second."""
    brand = _box(b"ftyp", b"isom", struct.pack(">I", 0x200), b"isomiso2mp41")
    data = _box(b"mdat", *frames)
    first = len(brand) + 8
    return brand + data + _movie(frames, first, width, height)


def _movie(frames: Sequence[bytes], first: int, width: int, height: int) -> bytes:
    """What the file says of itself: one track of pictures, one second each, from the byte `first` on."""
    seconds = len(frames)
    size = struct.pack(">2I", width << 16, height << 16)
    header = struct.pack(">4I", 0, 0, _TIME_SCALE, seconds)
    movie_header = _full(b"mvhd", header, struct.pack(">IHH2I", 0x10000, 0x100, 0, 0, 0), _MATRIX, bytes(24), _word(2))
    track = struct.pack(">5I", 0, 0, 1, 0, seconds) + bytes(8) + struct.pack(">4H", 0, 0, 0, 0)
    track_header = _full(b"tkhd", track, _MATRIX, size, flags=7)
    media = _box(
        b"mdia",
        _full(b"mdhd", header, struct.pack(">2H", 0x55C4, 0)),
        _full(b"hdlr", bytes(4), b"vide", bytes(12), b"frames\x00"),
        _box(
            b"minf",
            _full(b"vmhd", bytes(8), flags=1),
            _box(b"dinf", _full(b"dref", _word(1), _full(b"url ", flags=1))),
            _samples(frames, first, width, height),
        ),
    )
    return _box(b"moov", movie_header, _box(b"trak", track_header, media))


def _samples(frames: Sequence[bytes], first: int, width: int, height: int) -> bytes:
    """Where each picture stands in the file, and that it is a JPEG."""
    picture = bytes(6) + struct.pack(">H", 1) + bytes(16) + struct.pack(">2H2I", width, height, 0x480000, 0x480000)
    entry = _box(b"jpeg", picture, _word(0), struct.pack(">H", 1), bytes(32), struct.pack(">Hh", 24, -1))
    lengths = [len(frame) for frame in frames]
    return _box(
        b"stbl",
        _full(b"stsd", _word(1), entry),
        _full(b"stts", _word(1), struct.pack(">2I", len(frames), 1)),
        _full(b"stsc", _word(1), struct.pack(">3I", 1, len(frames), 1)),
        _full(b"stsz", _word(0), _word(len(frames)), *map(_word, lengths)),
        _full(b"stco", _word(1), _word(first)),
    )


def _full(kind: bytes, *parts: bytes, flags: int = 0) -> bytes:
    """A box with version 0 and flags."""
    return _box(kind, _word(flags), *parts)


def _box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return _word(len(content) + 8) + kind + content


def _word(number: int) -> bytes:
    return struct.pack(">I", number)
