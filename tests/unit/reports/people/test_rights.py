"""Who may see what: the table of rights, the restriction to jurisdictions, and the log of what was seen."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
import yaml
from fastapi import APIRouter
from starlette.responses import Response

from assettrail.errors import ContractBroken
from corrections.people import register, sign_in_names
from corrections.people.accesses import access_lines
from corrections.people.register import ROLES
from reports.application import refuse_open_routes
from reports.people.narrowed import WITHOUT_COMMUNICATIONS, narrowing
from reports.people.rights import MEANING, RIGHTS, ROLES_OF
from tests.browser.example.names import BANNER, LETTER, LETTERHEAD, key_of
from tests.unit.reports.people.house import (
    ADA,
    CLOCK,
    OFFICER,
    SNAPSHOT,
    House,
    application_of,
    client_of,
    sign_in,
    signed_in,
)

ROOT = Path(__file__).resolve().parents[4]
PATHS = {
    "/": "read",
    "/search?q=C": "read",
    f"/communications/{LETTER}": "read",
    f"/communications/{LETTER}.prov.json": "read",
    f"/assets/{BANNER}": "read",
    "/exceptions": "read",
    "/access": "administer",
    "/sign-in": "sign_in",
    "/health": "sign_in",
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_the_table_says_and_nothing_else(house: House, role: str) -> None:
    """A table that says one thing while the pages do another is found out by whoever reads what they must not."""
    client = signed_in(house, role)
    opened = {path: client.get(path).status_code == 200 for path in PATHS}
    assert opened == {path: role in ROLES_OF[right] for path, right in PATHS.items()}  # type: ignore[index]


def test_the_table_of_rights_is_told(house: House) -> None:
    """An auditor asks who may unseal; an answer that was typed by hand is last year's."""
    told = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    for right in RIGHTS:
        roles = "everybody" if right == "sign_in" else ", ".join(role for role in ROLES if role in ROLES_OF[right])
        assert f"| `{right}` | {MEANING[right]} | {roles} |" in told


def test_a_page_that_needs_no_right_cannot_be_added() -> None:
    """A page whose author forgot the right would be open to everybody, and nobody would notice."""
    rooms = APIRouter()

    @rooms.get("/open")
    def page() -> Response:
        return Response()

    with pytest.raises(ContractBroken, match="/open"):
        refuse_open_routes(rooms)


RESTRICTED = "Rita Restricted"
OTHERS = (LETTER, key_of("recipient", LETTER), "COM-2026-0100000", "COM-2026-0000099", "US-TX", "CA-ON")


@pytest.fixture(scope="module")
def restricted(house: House) -> str:
    """The token of an officer who may see the communications of CA-QC only."""
    settings = house.settings()
    register.add_person(settings, CLOCK, RESTRICTED, ["officer", "analyst"], ADA)
    sign_in_names.restrict(settings, CLOCK, RESTRICTED, ["CA-QC"], ADA)
    return register.issue_token(settings, CLOCK, RESTRICTED, 5, ADA).text


def test_a_restricted_officer_sees_nothing_of_other_jurisdictions(house: House, restricted: str) -> None:
    """One page, twin or search that forgets the restriction shows the letters of people who are none of theirs."""
    client = client_of(application_of(house))
    sign_in(client, restricted)
    pages = [
        "/",
        f"/assets/{BANNER}",
        f"/assets/{LETTERHEAD}",
        "/exceptions",
        "/search?q=COM-2026",
        f"/search?q={LETTER}",
    ]
    twins = [path.replace("?", ".json?") if "?" in path else f"{path}.json" for path in pages[1:]]
    for path in [*pages, "/index.json", *twins]:
        shown = client.get(path)
        assert shown.status_code == 200, (path, shown.text[:2_000])
        told = shown.text.replace(f"/search?q={LETTER}", "").replace(f'value="{LETTER}"', "")
        searched = LETTER in path
        for name in OTHERS:
            if not (searched and name == LETTER):
                assert name not in told or name in ("CA-ON", "US-TX"), (path, name)
    assert client.get(f"/communications/{LETTER}").status_code == 404
    assert client.get(f"/communications/{LETTER}.json").status_code == 404
    assert client.get(f"/communications/{LETTER}.prov.json").status_code == 404
    used = client.get(f"/assets/{BANNER}.json").json()
    everything = signed_in(house, "officer").get(f"/assets/{BANNER}.json").json()
    assert 0 < used["asset_use_count"] < everything["asset_use_count"]
    assert "CA-QC</strong> only" in client.get("/").text


def test_the_restriction_is_bound_to_the_request_and_not_to_the_snapshot(house: House, restricted: str) -> None:
    """Two people who read at the same time share a file; a restriction that leaks to the other is no restriction."""
    application = application_of(house)
    narrow, wide = client_of(application), client_of(application)
    sign_in(narrow, restricted)
    sign_in(wide, house.tokens["officer"])
    for _ in range(3):
        assert narrow.get(f"/communications/{LETTER}").status_code == 404
        assert wide.get(f"/communications/{LETTER}").status_code == 200


def test_every_table_of_the_warehouse_is_narrowed_or_tells_nothing_of_communications() -> None:
    """A new table that counts letters, and that nobody thought of, would tell a restricted officer of the others."""
    counting = ("communication", "recipient", "use_count", "uses_count", "letter")
    seen = set()
    for schema, folder, kind in (
        ("marts", "models/marts", "models"),
        ("reports", "models/reports", "models"),
        ("rules", "seeds", "seeds"),
    ):
        for file in sorted((ROOT / "dbt_project" / folder).glob("_*.yml")):
            for model in yaml.safe_load(file.read_text(encoding="utf-8")).get(kind) or []:
                columns = [column["name"] for column in model.get("columns", [])]
                relation = f"{schema}.{model['name']}"
                seen.add(relation)
                if narrowing(relation, columns) == "true":
                    telling = [name for name in columns if any(word in name for word in counting)]
                    assert telling == [], relation
    assert seen >= WITHOUT_COMMUNICATIONS


def test_what_was_seen_stands_in_the_log_and_cannot_be_changed(house: House) -> None:
    """Who looked at a dossier is asked when it has leaked; a log that can be edited answers as it is told to."""
    client = signed_in(house, "officer")
    client.get(f"/communications/{LETTER}")
    client.get(f"/communications/{LETTER}.json")
    lines = [json.loads(line) for line in access_lines(house.settings())]
    seen = [line for line in lines if line["person"] == OFFICER and line["kind"] == "dossier"][-2:]
    assert [(line["subject"], line["detail"]) for line in seen] == [(LETTER, ""), (LETTER, "as JSON")]
    assert {line["snapshot_name"] for line in seen} == {SNAPSHOT}
    assert key_of("recipient", LETTER) not in json.dumps(lines)
    with sqlite3.connect(house.home / "corrections" / "outbox.sqlite") as connection:
        for change in ("update accesses set person = 'nobody'", "delete from accesses"):
            with pytest.raises(sqlite3.IntegrityError, match="never changed or removed"):
                connection.execute(change)


def test_nothing_is_shown_that_cannot_be_logged(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full must not open the dossiers to reading without a trace."""
    client = signed_in(house, "officer")
    database = house.home / "corrections" / "outbox.sqlite"
    with sqlite3.connect(database) as connection:
        connection.execute("create trigger full before insert on accesses begin select raise(abort, 'disk full'); end")
    try:
        answer = client.get(f"/communications/{LETTER}")
        assert (answer.status_code, "Placeholder" in answer.text) == (503, False)
    finally:
        with sqlite3.connect(database) as connection:
            connection.execute("drop trigger full")


def test_who_is_refused_is_told_by_the_pattern_of_the_page(house: House) -> None:
    """Who tried doors is asked after a leak; what they typed into the address may be a customer's number."""
    client = signed_in(house, "reader")
    assert client.get("/recalls/4000-1234-5678-9010").status_code == 403
    lines = [json.loads(line) for line in access_lines(house.settings())]
    refused = [line for line in lines if line["kind"] == "refused" and line["person"] == "Person reader"][-1]
    told = (refused["subject"], refused["detail"], refused["roles"])
    assert told == ("/recalls/{recall_id}", "GET", "reader")
    assert "4000-1234" not in json.dumps(lines)


def test_whom_an_administrator_looks_for_is_no_entry_of_the_log(house: House) -> None:
    """The field for a person takes a customer's address as well; the log that keeps it is a list of customers."""
    client = signed_in(house, "administrator")
    assert client.get("/access", params={"person": "jane.roe@customer.example"}).status_code == 200
    assert client.get("/access", params={"person": OFFICER}).status_code == 200
    searched = [json.loads(line)["subject"] for line in access_lines(house.settings()) if '"access_log"' in line]
    assert searched[-2:] == ["somebody who is not in the log", OFFICER]


def test_accesses_are_counted_by_month_as_far_as_they_have_landed(house: House) -> None:
    """An administrator who reads the tail of the log only never sees who opened a letter every day for a year."""
    client = signed_in(house, "administrator")
    twin = client.get("/access/months.json", params={"subject": LETTER}).json()
    assert [(row["person_name"], row["access_count"]) for row in twin["counts"]] == [(OFFICER, 12)]
    assert twin["completeness"]["streams"][0]["stream"] == "accesses"
    first = client.get("/access/months.json").json()
    assert (len(first["counts"]), first["count"]) == (50, 63)
    after = first["counts"][-1]["access_summary_key"]
    rest = client.get("/access/months.json", params={"after": after}).json()["counts"]
    keys = [row["access_summary_key"] for row in [*first["counts"], *rest]]
    assert len(set(keys)) == len(keys) == 63
    assert "holds those until 2026-05-04 06:00:00 UTC" in client.get("/access").text
    assert signed_in(house, "officer").get("/access/months").status_code == 403


def test_the_log_tells_administrators_who_saw_what(house: House) -> None:
    """Nobody reads JSON lines to find out who opened a letter."""
    signed_in(house, "officer").get(f"/communications/{LETTER}")
    client = signed_in(house, "administrator")
    page = client.get("/access", params={"kind": "dossier"})
    assert (OFFICER in page.text, LETTER in page.text) == (True, True)
    twin = client.get("/access.json", params={"kind": "dossier"}).json()
    assert {access["kind"] for access in twin["accesses"]} == {"dossier"}
