"""An installation with people over the example snapshot, and clients of its reports, for the tests of rights.

Here belongs the set-up only. Clients are Starlette's: the application as it is served, without a socket.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from assettrail.clock import FixedClock
from assettrail.report_settings import ReportSettings
from assettrail.settings import KeySettings, Settings
from corrections.people import register, sign_in_names
from corrections.people.register import ROLES, Person, Role
from evidence.keys import create_keys
from reports.application import create_application
from sandbox.credentials import SIGN_IN_CLIENT_ID, SIGN_IN_CLIENT_SECRET
from sandbox.sign_in.issuer import Issuer, scenario_accounts
from tests.browser.example.names import COVERED_TO
from tests.browser.example_snapshot import publish_example

CLOCK = FixedClock(COVERED_TO)
ADA = Person("Ada Admin", frozenset({"administrator"}))
OFFICER = "Olga Officer"
APPROVER = "Arno Approver"
EVERYBODY = "Eve Everybody"
PUBLIC = "http://127.0.0.1:8765"
SUBJECT = "sandbox|l.brandt"
SNAPSHOT = "20260504T060000Z-0"


@dataclass(frozen=True)
class House:
    """The folder of an installation and the tokens of its people, by name."""

    home: Path
    tokens: dict[str, str]

    def settings(self, **reports: Any) -> Settings:
        """Settings of the installation, the reports as given."""
        return Settings(
            home=self.home,
            keys=KeySettings(folder=self.home.parent / "keys"),
            reports=ReportSettings.model_validate(reports),
        )


def build_house(folder: Path) -> House:
    """Publish the example and add one person for each role, each with a token; the officer has a sign-in name."""
    house = House(folder / "home", {})
    settings = house.settings()
    create_keys(settings.keys.folder, settings.evidence.log_origin)
    house.tokens["administrator"] = register.begin(settings, CLOCK, ADA.name, 30).text
    manifest = publish_example(house.home, SNAPSHOT) / "manifest.json"
    told = json.loads(manifest.read_text(encoding="utf-8"))
    # The example tells of a log that this home does not have: here the log begins with its first person.
    manifest.write_text(json.dumps({name: value for name, value in told.items() if name != "log"}), encoding="utf-8")
    names: dict[Role, str] = {role: f"Person {role}" for role in ROLES}
    names |= {"officer": OFFICER, "approver": APPROVER}
    for role in ROLES:
        if role != "administrator":
            register.add_person(settings, CLOCK, names[role], [role], ADA)
            house.tokens[role] = register.issue_token(settings, CLOCK, names[role], 30, ADA).text
    sign_in_names.set_sign_in_name(settings, CLOCK, OFFICER, SUBJECT, ADA)
    return house


def application_of(house: House, **reports: Any) -> FastAPI:
    """The reports, the house's clock standing where tokens were issued."""
    application = create_application(house.settings(**({"sign_ins_per_minute": 10_000} | reports)))
    application.state.gate.house_clock = CLOCK
    return application


def client_of(application: FastAPI, **options: Any) -> TestClient:
    """A browser of its own; redirects are shown, not followed."""
    return TestClient(application, base_url=PUBLIC, follow_redirects=False, **options)


def csrf_of(page: str) -> str:
    """The token that the forms of a page hold."""
    found = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', page)
    assert found, "a page without a form"
    return found[1]


def sign_in(client: TestClient, token: str, return_to: str = "") -> Any:
    """Sign in by token, as the form does."""
    page = client.get("/sign-in")
    form = {"csrf_token": csrf_of(page.text), "token": token, "return_to": return_to}
    return client.post("/sign-in", data=form)


def signed_in(house: House, role: str, **reports: Any) -> TestClient:
    """A browser in which the person of a role has signed in."""
    client = client_of(application_of(house, **reports))
    assert sign_in(client, house.tokens[role]).status_code == 303
    return client


def signed_in_as_everybody(house: House) -> TestClient:
    """A browser in which a person who has every role has signed in."""
    settings = house.settings()
    register.add_person(settings, CLOCK, EVERYBODY, list(ROLES), ADA)
    client = client_of(application_of(house))
    assert sign_in(client, register.issue_token(settings, CLOCK, EVERYBODY, 5, ADA).text).status_code == 303
    return client


@contextmanager
def running_issuer(redirect_uri: str = f"{PUBLIC}/sign-in/callback") -> Iterator[Issuer]:
    """The sandbox's provider on a free port, in a thread."""
    issuer = Issuer("", SIGN_IN_CLIENT_ID, SIGN_IN_CLIENT_SECRET, redirect_uri, scenario_accounts())
    server = uvicorn.Server(uvicorn.Config(issuer.application(), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the provider ended before it answered"
        time.sleep(0.01)
    issuer.address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield issuer
    finally:
        server.should_exit = True
        thread.join(10)


def oidc_of(issuer: Issuer, claim: str = "sub") -> dict[str, Any]:
    """Settings of the reports that sign in at the provider."""
    return {
        "mode": "oidc",
        "public_address": PUBLIC,
        "oidc": {
            "issuer": issuer.address,
            "client_id": SIGN_IN_CLIENT_ID,
            "client_secret": SIGN_IN_CLIENT_SECRET,
            "name_claim": claim,
        },
    }


def words_of(page: str, names: Sequence[str]) -> set[str]:
    """Which of these names a page holds."""
    return {name for name in names if name in page}
