"""What analysts are given: the worked queries, the documentation of the models, the notebook; on a played snapshot."""

from __future__ import annotations

import importlib.util
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import sync_playwright

from assettrail.demo.play import Played
from assettrail.settings import load_settings
from orchestration.documentation import SITE, write_documentation
from publish.reading import connect, current_snapshot
from reports.serve import address_of, bind, documentation_server
from tests.browser.conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.browser.live_reports import running_reports

ROOT = Path(__file__).resolve().parents[2]
QUERIES = {
    int(number): sql
    for number, sql in re.findall(
        r"^## (\d+)\. .*?```sql\n(.*?)```",
        (ROOT / "docs" / "queries.md").read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
}
Rows = list[dict[str, Any]]
Ask = Callable[[str], Rows]


@pytest.fixture(scope="module")
def ask(played_demo: Played) -> Ask:
    """Run a query on the played snapshot, as `assettrail sql` does."""

    def rows(sql: str) -> Rows:
        with connect(current_snapshot(played_demo.installation.home)) as connection:
            connection.execute(sql)
            names = [str(column[0]) for column in connection.description or ()]
            return [dict(zip(names, row, strict=True)) for row in connection.fetchall()]

    return rows


def total(ask: Ask, table: str, condition: str = "true") -> int:
    """Count rows by another way than the page does."""
    return int(ask(f"select count(*) as n from {table} where {condition}")[0]["n"])


def _add_up(column: str, table: str, condition: str = "true") -> Callable[[Rows, Ask], bool]:
    """The column adds up to the rows of the table."""
    return lambda rows, ask: sum(row[column] for row in rows) == total(ask, table, condition) > 0


HOLDS: dict[int, Callable[[Rows, Ask], bool]] = {
    1: lambda rows, ask: (
        {row["verdict"] for row in rows} >= {"PROVEN", "NOT_APPROVED", "EXPIRED", "SUPERSEDED"}
        and sum(row["use_count"] for row in rows) == total(ask, "marts.fct_asset_uses")
    ),
    2: _add_up("communication_count", "marts.fct_communications", "worst_verdict not in ('PROVEN', 'PROVEN_LATE')"),
    3: lambda rows, ask: (
        len(rows) >= 12
        and all(0 < row["communication_count"] <= row["use_count"] for row in rows)
        and all(row["proven_count"] <= row["use_count"] for row in rows)
        and sum(row["use_count"] for row in rows) == total(ask, "marts.fct_asset_uses", "generated_at is not null")
    ),
    4: lambda rows, ask: (
        len(rows)
        == ask(
            "select max(n) as n from (select count(*) as n from marts.fct_asset_uses"
            " where asset_id_cloudinary is not null group by asset_id_cloudinary)"
        )[0]["n"]
        > 1
    ),
    5: lambda rows, ask: len(rows) > 4 and all(row["granted_at"] < row["in_force_to"] for row in rows),
    6: lambda rows, ask: (
        len(rows) == total(ask, "marts.fct_asset_uses", "verdict = 'SUPERSEDED'") > 4
        and all(row["newer_version_number"] > row["used_version_number"] for row in rows)
        and all(row["days_behind"] > 0 for row in rows)
    ),
    7: _add_up("approval_count", "marts.fct_approvals"),
    8: lambda rows, ask: (
        len(rows) > 1
        and all(row["own_approval_count"] <= row["approval_count"] for row in rows)
        and sum(row["approval_count"] for row in rows) > 100
    ),
    9: lambda rows, ask: (
        len(rows) == 1
        and 0 < rows[0]["median_hours"] < rows[0]["p90_hours"]
        and 0 < rows[0]["version_count"] <= total(ask, "marts.dim_asset_versions")
    ),
    10: lambda rows, ask: (
        len(rows)
        == len({row["asset_id_cloudinary"] for row in rows})
        == total(
            ask,
            "marts.dim_asset_versions as versions",
            "is_current and asset_key in (select asset_key from marts.dim_assets where not is_deleted) and not exists"
            " (from marts.fct_approvals as approvals where approvals.asset_key = versions.asset_key"
            " and approvals.etag = versions.etag)",
        )
        > 4
    ),
    11: lambda rows, ask: len(rows) > 4 and all(0 <= row["days_left"] <= 180 for row in rows),
    12: lambda rows, ask: len(rows) > 50 and len({row["etag"] for row in rows}) > 50,
    13: _add_up("exception_count", "marts.fct_exceptions"),
    14: _add_up("exception_count", "reports.rpt_exceptions"),
    15: _add_up("not_eligible_count", "marts.fct_asset_uses", "verdict = 'NOT_ELIGIBLE'"),
    16: lambda rows, ask: (
        len(rows) > 4
        and sum(row["delivered_count"] for row in rows) > sum(row["acknowledged_count"] for row in rows) > 0
        and sum(row["publication_count"] for row in rows) == total(ask, "marts.fct_publications")
    ),
    17: lambda rows, ask: (
        sum(row["case_count"] for row in rows) == total(ask, "marts.fct_cases") > 0
        and any(row["median_hours_to_answer"] for row in rows)
        and all(row["answered_count"] <= row["case_count"] for row in rows)
    ),
    18: lambda rows, ask: (
        sum(row["selection_count"] for row in rows) == total(ask, "marts.fct_selection_decisions") > 0
        and 0 < sum(row["outside_campaign_count"] for row in rows) < sum(row["selection_count"] for row in rows)
        and sum(row["not_used_count"] for row in rows)
        == total(ask, "marts.fct_selection_decisions", "asset_use_key is null")
    ),
    19: lambda rows, ask: (
        sum(row["request_count"] for row in rows) == total(ask, "marts.fct_rendition_requests") > 0
        and any(row["average_kilobytes"] for row in rows)
    ),
    20: lambda rows, ask: (
        sum(row["claim_count"] for row in rows) == total(ask, "marts.fct_claims") > 0
        and {row["system_code"] for row in rows} == {"cloudinary", "corrections", "exstream", "trading_grid"}
        and sum(row["stretch_count"] for row in rows) == total(ask, "marts.fct_claim_stretches") > 0
        and all(row["complete_from"] <= row["complete_until"] for row in rows if row["stretch_count"])
    ),
    21: lambda rows, ask: (
        sum(row["link_count"] for row in rows) == total(ask, "marts.fct_asset_uses", "binding = 'live_url'") > 0
        and all(row["open_count"] == 0 for row in rows if row["verdict"] in ("PROVEN", "PROVEN_LATE"))
        and any(row["worse_after_count"] for row in rows)
    ),
    22: lambda rows, ask: (
        sum(row["open_count"] for row in rows) == total(ask, "marts.fct_exceptions") > 0
        and sum(row["open_count"] + row["gone_count"] for row in rows) == total(ask, "log.exceptions_seen")
        and all(row["oldest_open_since"] for row in rows if row["open_count"])
    ),
    23: lambda rows, ask: (
        {row["finding"] for row in rows} == {"use superseded", "artwork late"}
        and sum(row["finding"] == "use superseded" for row in rows)
        == total(ask, "marts.fct_asset_uses", "verdict = 'SUPERSEDED'")
        and all(
            row["allowed_days"] == (14 if row["judged_at"] < datetime(2026, 3, 1, tzinfo=UTC) else 7)
            for row in rows
            if row["finding"] == "use superseded"
        )
        and {(row["subject_id"], row["judged_at"] + timedelta(days=row["allowed_days"])) for row in rows}
        >= {
            (row["subject_id"], row["due_at"])
            for row in ask(
                "select distributions.distribution_id_trading_grid as subject_id,"
                " distributions.acknowledgement_due_at as due_at"
                " from marts.fct_exceptions as exceptions inner join marts.fct_distributions as distributions"
                " on exceptions.subject_key = distributions.distribution_key"
                " where exceptions.control_name = 'ctl_unacknowledged_artwork'"
            )
        }
    ),
}


def test_no_query_is_left_out() -> None:
    """Harm prevented: a query whose block is written in another way is not run at all."""
    assert list(QUERIES) == list(range(1, 24))
    assert HOLDS.keys() == QUERIES.keys()


@pytest.mark.parametrize("number", range(1, 24))
def test_a_worked_query_gives_what_its_page_says(number: int, ask: Ask) -> None:
    """Harm prevented: the page that analysts copy from has a query that fails, or whose figures do not add up."""
    rows = ask(QUERIES[number])
    assert rows
    assert HOLDS[number](rows, ask), rows[:5]


def test_an_approval_is_of_the_bytes_that_were_used(ask: Ask) -> None:
    """Harm prevented: query 5 shows an approval of other bytes beside those that went out."""
    etags = QUERIES[5].replace("    versions.etag,", "    versions.etag, approvals.etag as approved_etag,")
    assert all(row["etag"] == row["approved_etag"] for row in ask(etags))


def test_the_notebook_draws_the_snapshot(played: Played, ask: Ask) -> None:
    """Harm prevented: the starter that analysts open first fails on the first cell, or draws nothing."""
    spec = importlib.util.spec_from_file_location("usage", ROOT / "notebooks" / "usage.py")
    assert spec is not None
    assert spec.loader is not None
    notebook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(notebook)
    _, made = notebook.app.run()
    try:
        assert made["snapshot"].name == current_snapshot(played.installation.home).name
        assert made["weeks"]["use_count"].sum() == total(ask, "marts.fct_asset_uses", "generated_at is not null")
        assert made["totals"]["communication_count"].item() > 100
        drawn = made["usage"].to_dict()
        assert drawn["mark"]["type"] == "bar"
        (points,) = drawn["datasets"].values()
        assert {point["standing"] for point in points} == {"proven", "not in order", "cannot be told"}
        assert min(datetime.fromisoformat(point["week"]).replace(tzinfo=UTC) for point in points).weekday() == 0
    finally:
        made["connection"].close()


@pytest.fixture
def site(played: Played) -> Path:
    """Dbt's documentation of the played build, made by the first test that asks for it."""
    made = played.installation.home / SITE
    return made if made.exists() else write_documentation(load_settings())


def test_the_documentation_is_one_file_that_reaches_nobody(site: Path) -> None:
    """Harm prevented: documentation that needs the network, or tells somebody outside who reads it."""
    settings = load_settings()
    with bind(settings.model_copy(update={"reports": settings.reports.model_copy(update={"port": 0})})) as listening:
        server = documentation_server(site)
        thread = threading.Thread(target=lambda: server.run(sockets=[listening]), daemon=True)
        thread.start()
        try:
            answer = httpx.get(address_of(listening), timeout=30)
        finally:
            server.should_exit = True
            thread.join(30)
    assert answer.status_code == 200
    assert "fct_asset_uses" in answer.text
    assert "One row per asset use: one asset version at one place" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'none'" in policy
    assert "http" not in policy


def test_the_documentation_works_in_a_browser_beside_the_reports(played: Played, site: Path) -> None:
    """Harm prevented: a sandbox that is so tight that dbt's page stays empty, or so wide that it asks others."""
    asked: set[str] = set()
    with running_reports(played.installation.home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        page = browser.new_page()
        broken: list[str] = []
        page.on("request", lambda request: asked.add(request.url.partition("#")[0]))
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.goto(f"{address}/docs", timeout=120_000)
        page.get_by_role("heading", name="The audit warehouse of assettrail").wait_for()
        page.get_by_role("heading", name="Where an analyst starts").wait_for()
        assert "dbt" not in page.inner_text("body").partition("The audit warehouse of assettrail")[2]
        page.get_by_role("link", name="fct_exceptions", exact=True).first.click()
        page.get_by_text("One row per control and subject").first.wait_for()
        page.goto(f"{address}/docs#!/model/model.assettrail.fct_asset_uses", timeout=120_000)
        page.get_by_text("One row per asset use: one asset version at one place").first.wait_for()
        page.get_by_placeholder("Search for models").fill("blast_radius")
        page.get_by_text("search results").first.wait_for()
        assert "what a change of it, or its recall, would reach" in page.inner_text("body")
        assert page.evaluate("() => origin") == "null"
        refused = page.evaluate("() => fetch('/index.json').then(() => 'read', () => 'refused')")
        browser.close()
    assert refused == "refused"
    assert broken == []
    assert {url for url in asked if not url.startswith(f"{address}/")} == set()
