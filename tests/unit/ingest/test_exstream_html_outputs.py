"""The list of a run's HTML outputs: what is kept of a letter, and what becomes of one that is broken."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from assettrail.errors import RecordRejected
from assettrail.run_layout_settings import RunLayout
from ingest.exstream import html_outputs as module
from ingest.exstream.customer_archives import CustomerArchives
from ingest.exstream.html_outputs import HtmlOutput, HtmlOutputReader, html_outputs
from ingest.exstream.output_places import OutputPlace
from ingest.exstream.streams import RunFile
from ingest.reading import Reading
from ingest.received import received
from tests.unit.ingest.test_exstream_discretion import READER

CLOUD = "https://res.cloudinary.com/insurer/image/upload"
URL = f"{CLOUD}/v1768035600/brand/hero.jpg"
PLACE = "/mnt/x/claims/jobs/j/f/docgen/d/output"


def delivery(*files: str, queue: str = "email", mime_type: str = "text/html") -> BinaryIO:
    head = f'<queue mimeType="{mime_type}" pdl="HTML" name="{queue}">'
    return io.BytesIO(f"<outputList>{head}{''.join(files)}</queue></outputList>".encode())


def file(name: str, *customers: int, size: int | None = None) -> str:
    told = "" if size is None else f"<fileSize>{size}</fileSize>"
    who = "".join(f'<customer number="{one}"/>' for one in customers or (1,))
    return f'<file name="{name}">{who}{told}</file>'


def listed(
    tmp_path: Path, source: BinaryIO, contents: dict[str, bytes], most: int = 100
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The entries of a list, and its gaps."""

    def opened(output: HtmlOutput) -> BinaryIO | None:
        data = contents.get(output.place.name)
        return None if data is None else io.BytesIO(data)

    reader = HtmlOutputReader(most, RunLayout(), ("res.cloudinary.com",), "insurer", tmp_path)
    found = reader.read(source, opened, "file:///x", "run d")
    if found is None:
        return [], ()
    with found.file.content as content:
        return [json.loads(line) for line in content], found.gaps


def test_of_a_letter_only_its_hash_its_size_and_addresses_of_ours_are_kept(tmp_path: Path) -> None:
    """Harm prevented: what a person was written to, and who it was, is kept for years by whoever reads images."""
    page = (
        f"<p>Dear Jane Roe, policy 4711</p><img src='{URL}?customer=4711&amp;_a=X'>"
        f"<a href='mailto:jane@roe.example'>you</a><img src='https://tracker.example/4711.gif'>"
        f"<img src='{CLOUD}/l_text:Arial_20:Jane%20Roe/v1/card.png'><img src='https://res.cloudinary.com/other/x.png'>"
    ).encode()
    ((entry,), gaps) = listed(
        tmp_path, delivery(file(f"{PLACE}/Queue_1_email/4711.html")), {"Queue_1_email/4711.html": page}
    )
    assert gaps == ()
    assert set(entry) == {
        *("queue_name", "name", "customers", "customer_number", "docgen_uuid", "sha256", "bytes", "addresses")
    }
    assert [address["url"] for address in entry["addresses"]] == [
        URL,
        f"{CLOUD}/l_text:Arial_20:(text)/v1/card.png",
    ]
    assert "Jane" not in json.dumps(entry)


def test_outputs_are_those_that_the_delivery_file_calls_pages(tmp_path: Path) -> None:
    """Harm prevented: images and print files of a queue are parsed as pages, or pages in an archive are not."""
    names = ("a.HTML", "b.htm.gz", "c", "d.jpg", "e.pdf")
    found = html_outputs(delivery(*(file(f"{PLACE}/Queue_1_email/{name}") for name in names)), RunLayout(), 10)
    assert [output.place.name for output in found.outputs] == [f"Queue_1_email/{name}" for name in names[:3]]
    plain = delivery(file(f"{PLACE}/Queue_2_archive/c"), queue="archive", mime_type="application/pdf")
    assert html_outputs(plain, RunLayout(), 10).outputs == ()


def test_an_output_for_several_customers_is_evidence_of_the_run_alone() -> None:
    """Harm prevented: an image in a file for many is proven to have been sent to one of them."""
    shared_again = file("Queue_1_x/all.html", 6)  # A file that is named again, behind another one.
    source = delivery(file("Queue_1_x/all.html", 4, 5, 4), file("Queue_1_x/one.html", 7), shared_again)
    shared, own = html_outputs(source, RunLayout(), 10).outputs
    assert (shared.customers, own.customers, own.customer_number) == (3, 1, 7)
    entries = [
        {"queue_name": "x", "name": output.place.name, "customers": output.customers, "docgen_uuid": "d",
         "customer_number": output.customer_number, "sha256": "a" * 64, "bytes": 1,
         "addresses": [{"url": URL, "is_shown": True}, {"url": f"{CLOUD}/w_1/a_b/c.png", "is_shown": True}]}
        for output in (shared, own)
    ]  # fmt: skip
    rows, reading = landed(entries)
    assert not reading.quarantined
    assert [(row["strength"], row["customer_number"], row["way"]) for row in rows] == [
        ("run_set", None, "html_output"),
        ("none", None, "unlinked"),
        ("exact", 7, "html_output"),
        ("none", 7, "unlinked"),
    ]
    assert "folder or a transformation" in str(rows[1]["reason"])
    assert (rows[0]["delivery_public_id"], rows[0]["delivery_version"]) == ("brand/hero", 1768035600)
    assert "all.html" not in str(rows)


def landed(entries: list[dict[str, Any]]) -> tuple[list[Any], Reading]:
    data = "".join(f"{json.dumps(entry)}\n" for entry in entries).encode()
    of_run = RunFile("outputs", "claims", "j", "f", None, "d", "file:///x", "b" * 64, len(data))
    reading = Reading()
    READER.read("output_links", of_run, io.BytesIO(data), reading)
    return [row.values for row in reading.rows], reading


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<img src=x", "half written or cut"),
        (gzip.compress(b"<p>" * 100)[:-9], "gzip that is cut"),
        (gzip.compress(b" " * 7_000_000), "gzip that grows more than 100 times"),
        (b" " * (8 << 20), "more than 7340032 bytes"),
        (b"<p>" * 1001, "more elements than a page has"),
    ],
)
def test_an_output_that_cannot_be_believed_is_refused_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, told: str
) -> None:
    """Harm prevented: half of a letter passes as whole, or one bomb costs all letters of its run."""
    monkeypatch.setattr(module, "LARGEST_OUTPUT", 7 << 20)
    monkeypatch.setattr(module, "MOST_ELEMENTS", 1000)
    source = delivery(file("Queue_1_x/1.html", size=1000), file("Queue_1_x/2.html"))
    entries, _ = listed(
        tmp_path, source, {"Queue_1_x/1.html": content, "Queue_1_x/2.html": f"<img src={URL}>".encode()}
    )
    assert told in entries[0]["refused"]
    assert entries[1]["addresses"] == [{"url": URL, "is_shown": True}]
    rows, reading = landed(entries)
    assert (len(rows), len(reading.quarantined)) == (1, 1)
    assert told in reading.quarantined[0].reason


def test_gzip_of_a_whole_output_is_read(tmp_path: Path) -> None:
    """Harm prevented: a folder that was compressed to save room has no images any more."""
    source = delivery(file("Queue_1_x/1.html", size=1 << 20))
    ((entry,), _) = listed(tmp_path, source, {"Queue_1_x/1.html": gzip.compress(f"<img src={URL}>".encode())})
    assert [address["url"] for address in entry["addresses"]] == [URL]


def test_what_is_missing_or_left_is_counted(tmp_path: Path) -> None:
    """Harm prevented: a letter that nobody read looks like one without an image."""
    source = delivery(*(file(f"Queue_1_x/{number}.html") for number in range(5)))
    entries, gaps = listed(tmp_path, source, {"Queue_1_x/0.html": b"<p>"}, most=2)
    assert len(entries) == 1
    assert gaps == (
        "1 of 2 HTML outputs of run d are not there",
        "3 HTML outputs of run d were not read, beyond exstream.html_outputs_per_run",
    )


def test_a_delivery_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Harm prevented: outputs that nothing tells of are taken for none."""
    entries, _ = listed(tmp_path, io.BytesIO(b"<outputList><queue"), {})
    assert "no closing tag" in entries[0]["refused"]
    assert len(landed(entries)[1].quarantined) == 1


@pytest.mark.parametrize("name", [f"{PLACE}/../../x.html", "Queue_1_x/./1.html", "Queue_1_x//1.html", "C:x.html"])
def test_a_path_that_leads_elsewhere_is_not_followed(tmp_path: Path, name: str) -> None:
    """Harm prevented: a delivery file names a file of the machine that reads it."""
    entries, _ = listed(tmp_path, delivery(file(name)), {})
    assert entries[0]["refused"] == "a path that leads out of the run's folder"


def archives(tmp_path: Path, data: bytes) -> CustomerArchives:
    return CustomerArchives(lambda _: received([data], "http://x", tmp_path, is_length_known=True), tmp_path)


def zipped(**entries: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return target.getvalue()


def output(name: str = "Queue_1_x/1.html") -> HtmlOutput:
    return HtmlOutput("x", OutputPlace("d", name), 1, 1, None)


@pytest.mark.parametrize("entry", ["Queue_1_x/1.html", "some/where/Queue_1_x/1.html", "1.html", "other/1.html.gz"])
def test_an_output_is_found_in_its_customers_archive(tmp_path: Path, entry: str) -> None:
    """Harm prevented: a layout of archives that is not public is guessed, and nothing is found in another one."""
    content = archives(tmp_path, zipped(**{entry: b"page", "Queue_2_y/2.html": b"no"})).open(output())
    assert content is not None
    with content:
        assert content.read() == b"page"


def test_an_archive_without_the_output_has_a_gap(tmp_path: Path) -> None:
    """Harm prevented: another page of the customer is taken for the one that was asked for."""
    assert archives(tmp_path, zipped(**{"Queue_1_x/11.html": b""})).open(output()) is None
    assert CustomerArchives(lambda _: None, tmp_path).open(output()) is None


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"<html>no zip</html>", "no sound zip"),
        (zipped(**{"1.html": b"x" * 400_000})[:-300], "no sound zip"),
        (zipped(**{"1.html": b" " * (2 << 20)}), "swells"),
        (zipped(**{"a/1.html": b"", "b/1.html": b""}), "several entries"),
    ],
)
def test_an_archive_that_cannot_be_believed_is_refused(tmp_path: Path, data: bytes, told: str) -> None:
    """Harm prevented: a portal's error page, a cut answer or a bomb passes as what a customer was sent."""
    with pytest.raises(RecordRejected) as refusal:
        archives(tmp_path, data).open(output())
    assert told in refusal.value.found


def test_too_many_addresses_are_no_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: a list that ends where its reader stopped looks whole."""
    monkeypatch.setattr(module, "MOST_ADDRESSES", 2)
    page = "".join(f"<img src={CLOUD}/v1/{number}.png>" for number in range(3)).encode()
    entries, _ = listed(tmp_path, delivery(file("Queue_1_x/1.html")), {"Queue_1_x/1.html": page})
    assert entries[0]["refused"] == "more than 2 addresses of ours"
