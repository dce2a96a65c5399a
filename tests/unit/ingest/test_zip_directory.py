"""Archives whose directory is all there is to them."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from unittest.mock import patch

import pytest

from assettrail.errors import RecordRejected
from ingest.exstream import das_package
from ingest.exstream.customer_archives import CustomerArchives
from ingest.exstream.html_outputs import HtmlOutput
from ingest.exstream.output_places import OutputPlace
from ingest.exstream.zip_directory import open_zip
from ingest.received import received


def directory(entries: int) -> bytes:
    """A zip of so many entries without content."""
    record = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0)
    records = b"".join(record + b"%08d" % number for number in range(entries))
    return records + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(records), 0, 0)


def test_an_archive_with_a_small_directory_is_read_whole() -> None:
    """The bound is one of the directory, and none of what lies in the archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.writestr("a", b"x" * 100_000)
    with open_zip(target, 1000) as archive:
        assert archive.read("a") == b"x" * 100_000


def test_no_entry_is_made_of_a_directory_that_is_too_large() -> None:
    """A package of a gigabyte of entries was five gigabytes in memory before it was refused for their number."""
    with patch.object(zipfile, "ZipInfo", side_effect=AssertionError), pytest.raises(zipfile.BadZipFile, match="999"):
        open_zip(io.BytesIO(directory(100)), 999)


def test_packages_and_archives_have_that_bound(tmp_path: Path) -> None:
    """Harm prevented: the bound stands in a room that nobody enters."""
    data = directory(700_000)
    (tmp_path / "package.zip").write_bytes(data)
    with pytest.raises(RecordRejected, match="a directory of more than"):
        das_package.open_package(tmp_path / "package.zip").__enter__()
    archives = CustomerArchives(lambda _: received([data], "http://x", tmp_path, is_length_known=True), tmp_path)
    with pytest.raises(RecordRejected, match="no sound zip"):
        archives.open(HtmlOutput("x", OutputPlace("d", "Queue_1_x/1.html"), 1, 1, None))
