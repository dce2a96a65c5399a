"""What of an engine run's files may land: the lists of what is kept, and addresses, targets and file names."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO

import pytest

from assettrail.exstream_settings import ExstreamSettings
from ingest.cloudinary.delivery_url import parse_delivery_url
from ingest.exstream.discretion import Kept, clean_address, clean_file_name, clean_target
from ingest.exstream.streams import FILE_STREAMS, RunFile, RunFileReader
from ingest.reading import Reading
from tests.unit.ingest.read_values import values_of

FIELDS = ExstreamSettings.model_fields
KEPT = Kept(frozenset(FIELDS["kept_delivery_keys"].default), frozenset(FIELDS["kept_profile_fields"].default))
SECRETS = ("Jane", "Doe", "6021497977", "99887766", "example", "NL91", "1980", "C-1", "Dear")


class Pseudonyms:
    """Pseudonyms that a test can foretell."""

    key_id = "k1"

    def pseudonym(self, kind: str, value: str) -> str:
        """Kind and length only."""
        return f"{kind}:{len(value)}"


READER = RunFileReader(Pseudonyms(), {"AccountNumber": "account"}, KEPT, ("res.cloudinary.com",), "insurer")
URL = (
    "https://res.cloudinary.com/insurer/image/upload/l_text:Arial_20:Dear%20Jane%20Doe,co_red/v1/brand/x.jpg"
    "?acct=6021497977&mail=jane@doe.example"
)
LINE = {
    "communication_id": "COM-1",
    "recipient_id": "C-1",
    "generated_at": "2026-02-28T08:32:48Z",
    "profile": {
        "first_name": "Jane",
        "customerName": "Jane Doe",
        "date_of_birth": "1980-01-01",
        "emailAddress": "jane@doe.example",
        "AccountNumber": "6021497977",
        "iban": "NL91ABNA0417164300",
        "tier": "gold",
        "segment": "retail account 6021497977",
    },
    "renderings": [
        {
            "rendering_id": "R1",
            "channel": "web",
            "retrieval": {
                "retrieval_id": "RET-COM-143013-R1",
                "asked": {"email": "jane@doe.example", "segment": "retail"},
                "returned": [{"asset_id": "a", "url": URL, "owner": "Jane Doe"}],
            },
            "rendition_request": {"to": "jane@doe.example", "outcome": "returned", "returned": None},
            "selection": {
                "rule": "r",
                "inputs": {"customerName": "Jane Doe", "tier": "gold"},
                "chosen": URL,
                "note": "for Jane",
            },
            "uses": [
                {
                    "ordinal": 1,
                    "binding": "live_url",
                    "url": URL,
                    "target_reference": "Dear Jane Doe, account 6021497977",
                }
            ],
        }
    ],
}
DELIVERY = """<?xml version="1.0"?><outputList transactions="0" customersProcessed="1" pagesProcessed="1">
<queue mimeType="application/pdf" pdl="PDF" name="archive">
<file name="/mnt/x/claims/jobs/j/fi/docgen/dg/output/Queue_1_archive/6021497977_Jane_Doe.pdf">
<customer number="6"><key name="AccountNumber">6021497977</key><key name="PolicyNumber">POL-99887766</key>
<key name="CustomerName">Jane Doe</key><key name="Email">jane@doe.example</key>
<key name="CommunicationId">COM-1</key><key name="RenderingId">R1</key></customer>
<pageCount>1</pageCount><fileSize>5</fileSize></file></queue></outputList>"""


def landed(stream: str, data: bytes) -> dict[str, object]:
    reading = Reading()
    file = RunFile(FILE_STREAMS[stream], "claims", "j", "fi", None, "dg", "uri", "0" * 64, len(data))
    assert READER.read(stream, file, BytesIO(data), reading) == []
    (values,) = values_of(reading)
    return dict(values)


@pytest.mark.parametrize("stream", ["communications", "renderings", "asset_uses", "delivery_outputs"])
def test_nothing_that_speaks_of_a_recipient_lands(stream: str) -> None:
    """Marts and reports are made of landing: one name in it goes to everybody who may read a report."""
    data = DELIVERY if stream == "delivery_outputs" else json.dumps(LINE)
    text = str(landed(stream, data.encode()))
    assert [secret for secret in SECRETS if secret in text] == []


def test_what_is_evidence_lands() -> None:
    """Cleaning away the reasons of a decision, or what an address names, would cost the verdict."""
    outputs = landed("delivery_outputs", DELIVERY.encode())
    assert outputs["keys"] == '{"CommunicationId":"COM-1","RenderingId":"R1"}'
    assert str(outputs["file_name"]).startswith("Queue_1_archive/file_name:")
    assert str(outputs["file_name"]).endswith(".pdf")
    data = json.dumps(LINE).encode()
    assert landed("communications", data)["profile"] == '{"segment":"retail account [account]","tier":"gold"}'
    rendering = landed("renderings", data)
    cleaned = "https://res.cloudinary.com/insurer/image/upload/l_text:Arial_20:(text),co_red/v1/brand/x.jpg"
    assert json.loads(str(rendering["selection"])) == {"rule": "r", "inputs": {"tier": "gold"}, "chosen": cleaned}
    retrieval = json.loads(str(rendering["retrieval"]))
    assert retrieval["retrieval_id"] == "RET-COM-143013-R1"
    assert retrieval["returned"] == [{"asset_id": "a", "url": cleaned}]
    use = landed("asset_uses", data)
    assert (use["url"], use["delivery_state"], use["delivery_public_id"]) == (cleaned, "parsed", "brand/x")
    assert use["delivery_transformation"] == "l_text:Arial_20:(text),co_red"


ACCOUNT = "https://res.cloudinary.com/insurer/image"


@pytest.mark.parametrize(
    ("path", "cleaned"),
    [
        ("/upload/f_auto/v7/a/b.jpg?_a=BAMA1&who=Jane#Doe", "/upload/f_auto/v7/a/b.jpg?_a=BAMA1"),
        ("/upload/v7/a/b.jpg?_a=jane@doe.example", "/upload/v7/a/b.jpg"),
        ("/upload/v7/a/b.jpg#Jane?_a=x", "/upload/v7/a/b.jpg"),
        ("/upload/v7/a/b.jpg%3Fwho%3DJane", "/upload/v7/a/b.jpg"),
        (
            "/upload/l_text%3AArial_20%3ADear%2520Jane/fl_layer_apply/a.jpg",
            "/upload/l_text:Arial_20:(text)/fl_layer_apply/a.jpg",
        ),
        ("/upload/w_9%2Cl_text:Arial:Jane/a.jpg", "/upload/w_9,l_text:Arial:(text)/a.jpg"),
        ("/upload/u_text:Jane/a.jpg", "/upload/u_text:(text)/a.jpg"),
        ("/upload/$name_!Jane%20Doe!,w_9/a.jpg", "/upload/$name_!(text)!,w_9/a.jpg"),
        ("/upload/if_$n_eq_!Jane!,w_9/a.jpg", "/upload/if_$n_eq_!(text)!,w_9/a.jpg"),
        ("/text/v7/card/Dear%20Jane/Doe", "/text/v7/card/(text)"),
        ("/upload/v7/for/jane@doe.example/b.jpg", "/upload/v7/for/[e-mail]/b.jpg"),
        ("/upload/l_brand:badge/v1768035600/brand/h%C3%A9ro%20(co).jpg", None),
    ],
)
def test_an_address_loses_what_is_personal_and_nothing_else(path: str, cleaned: str | None) -> None:
    """Addresses are made per customer: greetings are drawn into images, and queries carry account numbers."""
    expected = ACCOUNT + (path if cleaned is None else cleaned)
    assert clean_address(ACCOUNT + path) == expected
    assert clean_address(expected) == expected


def test_an_address_that_could_not_be_read_is_not_made_readable() -> None:
    """Cleaning must not turn a broken address into one that names an asset: it was never served."""
    line = json.loads(json.dumps(LINE))
    line["renderings"][0]["uses"][0]["url"] = f"{ACCOUNT}/upload/v7/a/b.jpg?who=Jane Doe"
    use = landed("asset_uses", json.dumps(line).encode())
    assert parse_delivery_url(str(use["url"]), READER.hosts, READER.cloud).state == "parsed"
    assert (use["delivery_state"], use["delivery_public_id"]) == ("unparsable", None)


@pytest.mark.parametrize(
    ("target", "cleaned"),
    [
        ("https://insurer.test/pay/6021497977?c=Jane", "https://insurer.test/pay/[number]"),
        ("https://jane:secret@insurer.test/pay", "https://insurer.test/pay"),
        ("template/footer-2", "template/footer-2"),
        ("mailto:jane@doe.example", "(text)"),
        ("Dear Jane Doe", "(text)"),
    ],
)
def test_a_target_keeps_where_it_leads_only(target: str, cleaned: str) -> None:
    """Links of letters lead into the customer's own account, with its number."""
    assert clean_target(target) == cleaned


def hashed(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}{value.casefold()}".encode()).hexdigest()


def test_file_names_differ_as_their_files_do() -> None:
    """Two files under one name would land as one: half of the customers would have got nothing."""
    paths = ["Queue_1_archive/a.pdf", "Queue_1_archive/A.pdf", "Queue_1_archive/x/a.pdf", "Jane/a.pdf", "a.pdf", "b"]
    names = [clean_file_name(path, "archive", hashed) for path in paths]
    assert len(set(names)) == len(paths)
    assert [name.partition("/")[0] for name in names[:3]] == ["Queue_1_archive"] * 3
    assert not any("Jane" in name or "x/" in name for name in names)
