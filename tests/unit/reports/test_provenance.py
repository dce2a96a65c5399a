"""The PROV document of a communication: its own library must read it, and it must say who did what to which bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from prov.model import ProvAgent, ProvDocument
from typer.testing import CliRunner

from assettrail.command_line.application import application
from assettrail.errors import ContractBroken
from lineage.provenance import provenance_of
from publish.reading import connect, current_snapshot
from tests.browser.example.names import BANNER, HOSTILE_LETTER, LETTER, TWIN_LETTER, version_key


@pytest.fixture(scope="module")
def document(example_home: Path) -> dict[str, Any]:
    snapshot = current_snapshot(example_home)
    with connect(snapshot) as connection:
        return provenance_of(connection, snapshot, LETTER)


def of_type(document: dict[str, Any], part: str, kind: str) -> dict[str, dict[str, Any]]:
    """The entities or activities of a type by their name."""
    return {
        name: facts
        for name, facts in document[part].items()
        if facts["prov:type"] == {"$": f"assettrail:{kind}", "type": "xsd:QName"}
    }


def test_the_librarys_own_reader_reads_it(document: dict[str, Any]) -> None:
    """Harm prevented: a document that only we can read proves nothing to anybody else."""
    read = ProvDocument.deserialize(content=json.dumps(document), format="json")
    again = ProvDocument.deserialize(content=read.serialize(format="json"), format="json")
    assert read == again
    assert {str(agent.identifier) for agent in read.get_records(ProvAgent)} >= {"assettrail:person/j.okafor"}


def test_each_use_leads_to_the_claims_that_cover_it(document: dict[str, Any]) -> None:
    """Harm prevented: "there was no other approval" in a document that does not say who claims to have told all."""
    [(name, facts)] = of_type(document, "entity", "ClaimStretch").items()
    assert facts["assettrail:stream_name"] == "notifications"
    influenced = {
        each["prov:influencee"] for each in document["wasInfluencedBy"].values() if each["prov:influencer"] == name
    }
    assert influenced == of_type(document, "entity", "AssetUse").keys()
    sources = {
        each["prov:usedEntity"] for each in document["wasDerivedFrom"].values() if each["prov:generatedEntity"] == name
    }
    assert sources == {"log:1", "log:4700"}


def test_each_use_leads_to_its_bytes_their_approval_and_their_people(document: dict[str, Any]) -> None:
    """Harm prevented: a chain with a missing link, which looks whole as long as nobody follows it."""
    uses = of_type(document, "entity", "AssetUse")
    assert len(uses) == 8
    assert {facts["assettrail:verdict"] for facts in uses.values()} >= {"PROVEN", "SUPERSEDED", "NOT_APPROVED"}
    derived = {(each["prov:generatedEntity"], each["prov:usedEntity"]) for each in document["wasDerivedFrom"].values()}
    versions = of_type(document, "entity", "AssetVersion")
    assert {used for use, used in derived if use in uses} & versions.keys() == versions.keys()
    approvals = of_type(document, "entity", "ApprovalRecord")
    assert approvals
    made_by = {each["prov:entity"]: each["prov:activity"] for each in document["wasGeneratedBy"].values()}
    done_by = {each["prov:activity"]: each["prov:agent"] for each in document["wasAssociatedWith"].values()}
    for name in approvals:
        assert done_by[made_by[name]] in document["agent"]
    for name in versions:
        assert done_by[made_by[name]] == "assettrail:person/j.okafor"


def test_an_overwrite_ends_the_bytes_that_it_replaced(document: dict[str, Any]) -> None:
    """Harm prevented: bytes that were replaced seem to be those that are delivered still."""
    old = f"assettrail:asset_version/{version_key(BANNER, 1772442000)}"
    (ended,) = [each for each in document["wasInvalidatedBy"].values() if each["prov:entity"] == old]
    assert ended["prov:time"].startswith("2026-04-20")
    assert ended["prov:activity"] in of_type(document, "activity", "Overwrite")


def test_every_record_names_its_entry_of_the_log(document: dict[str, Any]) -> None:
    """Harm prevented: statements that cannot be traced to what was recorded."""
    sources = {
        each["prov:generatedEntity"]
        for each in document["wasDerivedFrom"].values()
        if each["prov:usedEntity"].startswith("log:")
    }
    for kind in ("Communication", "Rendering", "AssetUse", "AssetVersion", "ApprovalRecord"):
        told = of_type(document, "entity", kind).keys()
        assert told, kind
        assert told <= sources, kind


def test_no_recipient_is_told(document: dict[str, Any], example_home: Path) -> None:
    """Harm prevented: a document that is handed on carries what identifies a customer."""
    with connect(current_snapshot(example_home)) as connection:
        (pseudonym,) = connection.execute(
            "select recipient_pseudonym from marts.fct_communications where communication_id_exstream = ?", [LETTER]
        ).fetchone() or (None,)
    assert pseudonym
    assert pseudonym not in json.dumps(document)


def test_it_stands_beside_the_dossier(client: httpx.Client, document: dict[str, Any]) -> None:
    """Harm prevented: whoever has the page cannot get the document of the same snapshot."""
    assert f'href="/communications/{LETTER}.prov.json"' in client.get(f"/communications/{LETTER}").text
    answer = client.get(f"/communications/{LETTER}.prov.json")
    assert answer.json() == document
    ends_so = client.get(f"/communications/{LETTER}%2Eprov.json")
    assert (ends_so.status_code, ends_so.json()["problem"]) == (404, "Not found in this snapshot"), "an id's own ending"


def test_hostile_ambiguous_and_unknown_ids(client: httpx.Client, example_home: Path) -> None:
    """Harm prevented: an id breaks the document's names, or the wrong one of two communications is told."""
    snapshot = current_snapshot(example_home)
    with connect(snapshot) as connection:
        hostile = provenance_of(connection, snapshot, HOSTILE_LETTER)
        ProvDocument.deserialize(content=json.dumps(hostile), format="json")
        (letter,) = of_type(hostile, "entity", "Communication").values()
        assert letter["assettrail:communication_id"] == HOSTILE_LETTER
        with pytest.raises(ContractBroken, match="one in each of the domains"):
            provenance_of(connection, snapshot, TWIN_LETTER)
        with pytest.raises(ContractBroken, match="none of that id"):
            provenance_of(connection, snapshot, "COM-0")
    assert client.get(f"/communications/{TWIN_LETTER}.prov.json").status_code == 400
    assert client.get("/communications/COM-0.prov.json").status_code == 404


def test_the_command_prints_it(
    example_home: Path, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Harm prevented: without a browser the document cannot be had."""
    monkeypatch.setenv("ASSETTRAIL_HOME", str(example_home))
    monkeypatch.setenv("ASSETTRAIL_KEYS__FOLDER", str(tmp_path / "keys"))
    result = CliRunner().invoke(application, ["lineage", "prov", LETTER])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output) == document
