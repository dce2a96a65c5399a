"""A finding whose evidence is weaker than exact is shown as possible, on the page and in its files."""

from __future__ import annotations

from pathlib import Path

import duckdb
import httpx

from publish.reading import DATABASE
from tests.browser.example.names import WAITING_CASE
from tests.browser.example.templates import BEHIND_TEMPLATE
from tests.browser.example_snapshot import publish_example
from tests.browser.live_reports import client_of

CASES = "/exceptions?control=ctl_unanswered_corrected_cases"


def _images(client: httpx.Client, form: str) -> httpx.Response:
    return client.get(f"/templates/{BEHIND_TEMPLATE}.{form}", params={"rows": "images"}).raise_for_status()


def test_a_link_that_is_not_exact_is_never_proven(client: httpx.Client) -> None:
    """Harm prevented: a tag that somebody mistyped makes a template proven to show the approved brand."""
    page = client.get(f"/templates/{BEHIND_TEMPLATE}").text
    assert "Possible: proven" in page
    assert "Possible: current" in page
    assert "Possible: superseded" not in page
    images = client.get(f"/templates/{BEHIND_TEMPLATE}.json").json()["template"]["images"]
    told = {image["verdict"]: (image["evidence_strength"], image["is_only_possible"]) for image in images}
    assert told == {"PROVEN": ("declared", True), "SUPERSEDED": ("exact", False)}
    assert "declared: somebody wrote it down" in page
    header = _images(client, "csv").text
    assert "evidence_strength" in header
    assert "is_only_possible" in header


def test_a_template_is_current_as_far_as_its_weakest_link_says(client: httpx.Client) -> None:
    """Harm prevented: a share of templates on the approved brand that counts what a tag says as if it were proven."""
    brand = client.get("/brand.json").json()["brand"]
    told = {line["template_id"]: (line["template_state"], line["is_only_possible"]) for line in brand["templates"]}
    assert told["tpl-welcome"] == ("current", True)
    assert told[BEHIND_TEMPLATE] == ("old", False)
    assert brand["possible_count"] == sum(state == ("current", True) for state in told.values())
    page = client.get("/brand").text
    assert "Possible: current" in page
    assert "of them only possibly" in page


def test_an_exception_by_a_partner_s_word_is_possible(client: httpx.Client) -> None:
    """Harm prevented: what a partner says of an asset is worked as if our own records proved it."""
    assert "<strong>Possible:</strong>" in client.get(CASES).text
    assert "<strong>Possible:</strong>" not in client.get("/exceptions?control=ctl_expired_asset_uses").text
    (row,) = client.get(CASES.replace("?", ".json?")).json()["exceptions"]["rows"]
    assert (row["subject_id"], row["evidence_strength"]) == (WAITING_CASE, "declared")
    assert ",declared," in client.get(CASES.replace("?", ".csv?")).text


def test_a_snapshot_of_before_the_strength_can_still_be_read(tmp_path: Path) -> None:
    """Harm prevented: the exceptions that were signed off cannot be opened any more after an update."""
    folder = publish_example(tmp_path / "home", letters=3)
    with duckdb.connect(str(folder / DATABASE)) as connection:
        connection.execute("create table of_before as select * exclude (evidence_strength) from marts.fct_exceptions")
        connection.execute("drop table marts.fct_exceptions")
        connection.execute("create table marts.fct_exceptions as from of_before")
    with client_of(tmp_path / "home") as client:
        assert "Possible:" not in client.get(CASES).raise_for_status().text
        assert client.get(CASES.replace("?", ".csv?")).raise_for_status().text.count(WAITING_CASE)
