"""The rooms of partners, launches, brand, feedback and trust: figures, lists, searches and bad addresses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import duckdb
import httpx
import pytest

from tests.browser.example.feedback import CHANGED_FEEDBACK, OPEN_FEEDBACK, WORSE_FEEDBACK
from tests.browser.example.launches import HOSTILE_LAUNCH, LAUNCH, OVER_LAUNCH
from tests.browser.example.names import BANNER
from tests.browser.example.partners import (
    DISTRIBUTION,
    GTIN,
    HOSTILE_PARTNER,
    PAIR_COUNT,
    PARTNER,
    SILENT_PARTNER,
)
from tests.browser.example.templates import BEHIND_TEMPLATE, HOSTILE_TEMPLATE, TWIN_TEMPLATE
from tests.browser.example_snapshot import publish_example
from tests.browser.live_reports import client_of
from tests.unit.reports.test_application import text_of

ROOMS = ["/trust", "/partners", "/launches", "/brand", "/feedback"]
SUBJECTS = [
    f"/partners/{PARTNER}",
    f"/launches/{LAUNCH}",
    f"/templates/{BEHIND_TEMPLATE}",
    f"/feedback/{CHANGED_FEEDBACK}",
]


def paged(client: httpx.Client, path: str, figures: str, rows: str, key: str) -> list[str]:
    """Return the keys of a whole list, page by page."""
    seen: list[str] = []
    after = ""
    while True:
        page = client.get(path, params={"after": after} if after else {}).json()[figures]
        seen += [row[key] for row in page[rows]]
        if page["after"] is None:
            return seen
        after = page["after"]


@pytest.mark.parametrize("path", [*ROOMS, *SUBJECTS])
def test_every_room_has_its_twin_and_says_what_its_claims_cover(client: httpx.Client, path: str) -> None:
    """A page without its twin is typed off by hand, and one without its claims reads as if nothing else happened."""
    page, twin = client.get(path), client.get(f"{path}.json")
    assert page.status_code == twin.status_code == 200
    assert "What this page can know" in page.text
    assert page.text.count('src="/static/mark.svg?v=') == 1
    assert twin.json()["completeness"]["streams"]
    for absent in ("9999", "1970-01-01"):
        assert absent not in page.text
        assert absent not in twin.text


def test_the_pairs_of_the_matrix_are_paged_without_gap_or_double(client: httpx.Client) -> None:
    """A partner that falls between two pages is never asked."""
    seen = paged(client, "/partners.json", "matrix", "rows", "partner_matrix_key")
    assert len(seen) == len(set(seen)) == PAIR_COUNT


@pytest.mark.parametrize(
    ("filters", "partners"),
    [
        ({"state": "silent"}, {SILENT_PARTNER}),
        ({"state": "superseded"}, {SILENT_PARTNER}),
        ({"silent": "12"}, {SILENT_PARTNER}),
        ({"silent": "13"}, set()),
        ({"gtin": GTIN}, {PARTNER}),
        ({"partner": "quiet"}, {SILENT_PARTNER}),
        ({"partner": HOSTILE_PARTNER, "state": "acknowledged_other_bytes"}, {HOSTILE_PARTNER}),
        ({"partner": "%"}, set()),
    ],
)
def test_the_matrix_is_filtered(client: httpx.Client, filters: dict[str, str], partners: set[str]) -> None:
    """A filter that lets another partner through sends the reminder to the wrong one."""
    found = client.get("/partners.json", params=filters).json()["matrix"]
    assert {row["partner_id"] for row in found["rows"]} == partners
    assert {line["partner_id"] for line in found["partners"]} == partners
    assert found["total_count"] == PAIR_COUNT


def test_the_trail_tells_what_each_verdict_rests_on(client: httpx.Client) -> None:
    """An officer who sees a verdict without its grade and its claims has to believe it."""
    page = text_of(client.get(f"/partners/{PARTNER}?to=2026-04-01").text)
    assert "confirmed by the vendor's own record" in page
    assert "claimed without a gap from" in page
    assert "exact: recorded for this very share" in page, "a share is no communication"
    assert "no complete claim covers it" in page
    told = client.get(f"/partners/{PARTNER}.json?to=2026-04-01").json()["partner"]["trail"]
    assert [row["evidence_grade"] for row in told] == ["confirmed", "derived"]
    assert told[0]["covered_from"] < told[0]["shared_at"] < told[0]["covered_to"]
    assert told[1]["coverage_key"] is None


def test_the_trail_of_a_period_holds_exactly_that_period(client: httpx.Client) -> None:
    """A share of the day behind the period belongs to the next auditor's question."""
    every = paged(client, f"/partners/{PARTNER}.json", "partner", "trail", "share_id")
    assert len(every) == len(set(every)) == 57
    first = client.get(f"/partners/{PARTNER}.json?from=2026-03-05&to=2026-03-06").json()["partner"]
    assert [row["share_id"] for row in first["trail"]] == ["PUB-000000"]
    assert first["not_approved_count"] == 0
    march = client.get(f"/partners/{PARTNER}.json?from=2026-03-01&to=2026-04-01").json()["partner"]
    assert (march["trail_count"], march["not_approved_count"]) == (2, 1)
    printed = client.get(f"/partners/{PARTNER}.pdf?from=2026-03-01&to=2026-04-01")
    assert printed.content.startswith(b"%PDF-")
    assert client.get(f"/partners/{PARTNER}.pdf").status_code == 404
    hint = "The print (PDF) is of a period"
    assert hint in client.get(f"/partners/{PARTNER}?from=2026-03-01").text
    assert hint not in client.get(f"/partners/{PARTNER}?from=2026-03-01&to=2026-04-01").text


@pytest.mark.parametrize(
    "address",
    [
        f"/partners/{PARTNER}?from=2026-04-01&to=2026-04-01",
        f"/partners/{PARTNER}?from=yesterday",
        f"/partners/{PARTNER}?to=2026-02-30",
        f"/partners/{PARTNER}?after=nothing",
        "/partners?state=asleep",
        "/partners?silent=a+week",
        "/partners?after=nothing",
        "/launches?readiness=maybe",
        "/launches?after='--",
        "/brand?state=fresh",
        "/brand?after=nothing",
        "/feedback?standing=sideways",
        "/feedback?after=nothing",
        "/trust?colour=red",
    ],
)
def test_what_an_address_asks_wrongly_is_told(client: httpx.Client, address: str) -> None:
    """A mistake in an address that is read as no filter at all shows a list that answers another question."""
    answer = client.get(address)
    assert answer.status_code == 400
    assert "What to do" in answer.text


@pytest.mark.parametrize("wanted", ["", "%", "'", "\x00", "../../etc/passwd", "x" * 9_000, "\u202e\u05e9", "{{7*7}}"])
@pytest.mark.parametrize("kind", ["partners", "launches", "templates", "feedback"])
def test_no_id_breaks_a_room(client: httpx.Client, kind: str, wanted: str) -> None:
    """An id from a partner's mail may hold anything; the answer is 404, never a mistake or a leak."""
    assert client.get(f"/{kind}/{quote(wanted, safe='')}").status_code == 404


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("partners", HOSTILE_PARTNER),
        ("launches", HOSTILE_LAUNCH),
        ("templates", HOSTILE_TEMPLATE),
        ("feedback", OPEN_FEEDBACK),
    ],
)
def test_a_hostile_id_has_its_page(client: httpx.Client, kind: str, wanted: str) -> None:
    """What a vendor named badly must be as reachable as the rest, and stay text."""
    page = client.get(f"/{kind}/{quote(wanted, safe='')}")
    assert page.status_code == 200
    assert wanted in text_of(page.text)
    assert "<script>document" not in page.text


def test_a_launch_that_went_has_no_reasons_and_its_lead_times(client: httpx.Client) -> None:
    """A go with reasons against it, or lead times of another launch, is a meeting about nothing."""
    went = client.get(f"/launches/{OVER_LAUNCH}.json").json()
    assert went["reasons"] == []
    assert went["launch"]["visuals"][0]["approved_to_referenced_hours"] == 26
    assert client.get(f"/launches/{HOSTILE_LAUNCH.replace('/', '%2F').replace('?', '%3F')}.json").json()["reasons"] == [
        "nothing is named that it requires"
    ]


def test_a_launch_with_more_than_its_page_lists_says_so_and_counts_all(tmp_path: Path) -> None:
    """Harm prevented: a launch reads as ready by the first 200 assets that it requires."""
    folder = publish_example(tmp_path, letters=1)
    with duckdb.connect(str(folder / "assettrail.duckdb")) as connection:
        launch, required = connection.execute(
            "select launch_key, count(*) from reports.rpt_launch_requirements inner join marts.dim_launches "
            "using (launch_key) where marts.dim_launches.launch_id_trading_grid = ? group by launch_key",
            [LAUNCH],
        ).fetchone() or ("", 0)
        connection.execute(
            "insert into reports.rpt_launch_requirements by name select 'more-' || number as launch_requirement_key, "
            "? as launch_key, 1000 + number as ordinal, 'XX' as market_code, 'tif' as format_code, "
            "case when number < 210 then 'ready' else 'not_published' end as readiness_reason, "
            "0 as community_count, 0 as ready_community_count from range(250) as numbers(number)",
            [launch],
        )
    with client_of(tmp_path) as client:
        page = client.get(f"/launches/{LAUNCH}").raise_for_status().text
        told = client.get(f"/launches/{LAUNCH}.json").raise_for_status().json()["launch"]
        few = client.get(f"/launches/{OVER_LAUNCH}").raise_for_status().text
    assert f"The first 200 of {250 + required} required assets are shown." in page
    assert "210 of 250" in page
    assert len(told["requirements"]) == 200
    assert told["counts"]["requirement_count"] == 250 + required
    assert "are shown" not in few


def test_an_asset_with_more_approvals_than_its_page_lists_says_so(tmp_path: Path) -> None:
    """Harm prevented: an approval that is not on the page was never given, to who reads the page."""
    folder = publish_example(tmp_path, letters=1)
    with duckdb.connect(str(folder / "assettrail.duckdb")) as connection:
        asset_key, asset, given = connection.execute(
            "select asset_key, min(dim_assets.asset_id_cloudinary), count(*) from marts.fct_approvals "
            "inner join marts.dim_assets using (asset_key) group by asset_key order by asset_key limit 1"
        ).fetchone() or ("", "", 0)
        connection.execute(
            "insert into marts.fct_approvals by name select approvals.* replace ('more-' || number as approval_key) "
            "from (from marts.fct_approvals where asset_key = ? limit 1) as approvals, range(250) as numbers(number)",
            [asset_key],
        )
    with client_of(tmp_path) as client:
        page = client.get(f"/assets/{asset}").raise_for_status().text
        told = client.get(f"/assets/{asset}.json").raise_for_status().json()
    assert f"The newest 200 of {250 + given} approvals are shown." in page
    assert str(250 + given) in str(told)


def test_launches_to_come_stand_before_those_that_are_over(client: httpx.Client) -> None:
    """What is next must not be looked for below what is done."""
    rows = client.get("/launches.json").json()["launches"]["rows"]
    assert [row["launch_id"] for row in rows] == [LAUNCH, HOSTILE_LAUNCH, OVER_LAUNCH]


def test_two_domains_with_one_template_id_are_told_apart(client: httpx.Client) -> None:
    """One of two templates shown as if it were the only one is the wrong one half of the time."""
    assert "2 Exstream domains" in text_of(client.get(f"/templates/{TWIN_TEMPLATE}").text)
    chosen = client.get(f"/templates/{TWIN_TEMPLATE}.json?domain=life").json()
    assert chosen["template"]["template"]["domain_code"] == "life"


def test_feedback_made_worse_is_told_by_its_bytes(client: httpx.Client) -> None:
    """More bytes after a complaint of slow loading must read as more, never as saved."""
    twin = client.get(f"/feedback/{WORSE_FEEDBACK}.json").json()
    assert twin["bytes_saved"] == 412_345 - 600_000
    words = text_of(client.get(f"/feedback/{WORSE_FEEDBACK}").text)
    assert "187,655 more" in words
    assert "Heavier than before" in words


def test_trust_counts_what_is_not_whole(client: httpx.Client) -> None:
    """A stream with a gap that counts as known makes every "none" of its pages a guess."""
    twin = client.get("/trust.json").json()
    streams = {(row["system"], row["stream"]): row for row in twin["trust"]["streams"]}
    searches = streams[("trading_grid", "searches")]
    assert searches["complete"] == []
    assert [window[0] for window in searches["incomplete"]] == ["2026-02-04T08:00:00Z"]
    assert len(searches["unknown"]) == 2
    assert streams[("exstream", "jobs")]["claim_count"] == 0
    whole = streams[("trading_grid", "launches")]
    assert whole["unknown"] == []
    assert (twin["trust"]["held_count"], twin["trust"]["quarantined_count"]) == (1, 3)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (PARTNER, f"/partners/{PARTNER}"),
        ("quiet print gmbh", f"/partners/{SILENT_PARTNER}"),
        (DISTRIBUTION, f"/partners/{PARTNER}#trail"),
        (BEHIND_TEMPLATE, f"/templates/{BEHIND_TEMPLATE}"),
        (LAUNCH, f"/launches/{LAUNCH}"),
        ("summer bundle", f"/launches/{LAUNCH}"),
        (CHANGED_FEEDBACK, f"/feedback/{CHANGED_FEEDBACK}"),
        (TWIN_TEMPLATE, f"/templates/{TWIN_TEMPLATE}"),
    ],
)
def test_search_opens_what_the_rooms_hold(client: httpx.Client, text: str, address: str) -> None:
    """An id in hand must lead to its page at once, whatever room it is in."""
    answer = client.get("/search", params={"q": text})
    assert (answer.status_code, answer.headers.get("location")) == (303, address)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("PRATNER-0002", f"/partners/{SILENT_PARTNER}"),
        ("Quite Print GmbH", f"/partners/{SILENT_PARTNER}"),
        ("LUA-000007", f"/launches/{LAUNCH}"),
        ("tpl-renewel-letter", f"/templates/{BEHIND_TEMPLATE}"),
        ("FB000001", f"/feedback/{CHANGED_FEEDBACK}"),
        ("campagns/spring/auto-bundle-banner", f"/assets/{BANNER}"),
    ],
)
def test_search_forgives_a_slip_of_the_keyboard(client: httpx.Client, typed: str, meant: str) -> None:
    """Whoever reads an id from paper types one letter wrongly, and must not conclude that there is nothing."""
    found = client.get("/search.json", params={"q": typed}).json()["search"]
    assert meant in [match["address"] for match in found["near"]]
    assert found["exact"] == found["similar"] == []


def test_the_asset_page_tells_templates_partners_and_what_a_recall_reaches(client: httpx.Client) -> None:
    """A recall that forgets a template or a partner leaves the wrong image in the world."""
    reach = client.get(f"/assets/{BANNER}.json").json()["reach"]
    assert {row["template_id"] for row in reach["templates"]} == {BEHIND_TEMPLATE, "tpl-welcome"}
    assert reach["partner_count"] == PAIR_COUNT
    assert reach["partners"][0]["partner_id"] == SILENT_PARTNER
    assert reach["proposed"] == [{"kind": "replacement_link", "correction_count": 1}]
    places = {(row["place_type"], row["place"]) for row in reach["holdings"]}
    assert {("channel", "print"), ("community", "Brokers Northern Region"), ("template", BEHIND_TEMPLATE)} <= places
    words = text_of(client.get(f"/assets/{BANNER}").text)
    assert "it would have to leave 2 templates, 2 publications in 2 communities" in words


def test_a_snapshot_of_before_the_pipeline_was_told_still_has_its_trust_page(tmp_path: Path) -> None:
    """Snapshots are kept for years: what an older release did not write must not read as in order, or break."""
    folder = publish_example(tmp_path, letters=1)
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in ("pipeline", "builds"):
        del manifest[name]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with client_of(tmp_path) as client:
        words = text_of(client.get("/trust").text)
    assert "does not tell which controls ran" in words
    assert "does not tell the builds before it" in words
    assert "does not tell the reasons" in words


def test_an_empty_snapshot_has_every_room(tmp_path: Path) -> None:
    """On the first day nothing is there, and no room may read that as all is well, or fail."""
    folder = publish_example(tmp_path, letters=1)
    with duckdb.connect(str(folder / "assettrail.duckdb")) as connection:
        tables = connection.execute("select table_schema, table_name from information_schema.tables").fetchall()
        for schema, table in tables:
            connection.execute(f"delete from {schema}.{table}")
    with client_of(tmp_path) as client:
        for path in ROOMS:
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert "may exist all the same" in text_of(answer.text)


def test_the_sentences_about_launches_stand_apart(client: httpx.Client) -> None:
    """Two sentences without a space between them read as one word, and are heard as one."""
    assert re.search(r"those that come next first\.\s+<a ", client.get("/launches").text)
