"""What a run had at hand, on the dossier of its letters and on the page of the asset."""

from __future__ import annotations

from pathlib import Path

import duckdb
import httpx
import pytest

from publish.reading import DATABASE
from reports import routes
from reports.prints.document import Document
from reports.prints.dossier import dossier_document
from tests.browser.example.names import LETTER, LETTERHEAD, key_of
from tests.browser.example_snapshot import publish_example
from tests.browser.live_reports import client_of

TABLE = "marts.fct_run_resources"
RUN = "fi-20260414-0042"
_ADD = f"""
    insert into {TABLE} by name
    select
        ?::varchar as run_resource_key,
        ?::varchar as domain_code,
        ?::varchar as flow_instance_id_exstream,
        ?::varchar as resource_name,
        ?::varchar as resource_type,
        ?::varchar as asset_id_cloudinary,
        ?::varchar as asset_key,
        ?::varchar as asset_version_key,
        ?::boolean as is_state_of_run,
        run_resource_key as resource_id_exstream,
        1 as resource_version_number,
        'APPROVED' as state_code,
        'x.tanaka' as approved_by_id,
        'run_set' as evidence_strength,
        case when asset_key is not null then 'declared' end as link_evidence_strength,
        timestamptz '2026-04-14 08:00:00+00' as last_modified_at
"""


def _publish(home: Path) -> Path:
    """The example with a run that had three images at hand beside a rule, and two runs that are not the letter's."""
    folder = publish_example(home, letters=1)
    letterhead, unused = key_of("asset", LETTERHEAD), key_of("asset", "unused")
    with duckdb.connect(str(folder / DATABASE)) as connection:
        (used,) = connection.execute(
            "select asset_version_key from marts.fct_asset_uses where communication_id_exstream = ? "
            "and asset_key = ? and asset_version_key is not null limit 1",
            [LETTER, letterhead],
        ).fetchall()
        for row in (
            ("a", "claims", RUN, "<b>LOGO", "image", LETTERHEAD, letterhead, used[0], False),
            ("b", "claims", RUN, "OTHER", "image", LETTERHEAD, letterhead, None, True),
            ("c", "claims", RUN, "UNUSED", "image", "unused", unused, "v", True),
            ("d", "claims", RUN, "UNLINKED", "image", None, None, None, True),
            ("e", "claims", RUN, "RULE", "exstrrule", None, None, None, True),
            ("f", "claims", "another", "LOGO", "image", LETTERHEAD, letterhead, None, True),
            ("g", "life", RUN, "LOGO", "image", LETTERHEAD, letterhead, None, None),
        ):
            connection.execute(_ADD, row)
    return folder


def test_the_dossier_tells_what_its_run_had_at_hand_and_claims_no_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Harm prevented: an officer cannot see what the run had, or reads that the letter carried all of it."""
    home = tmp_path / "home"
    _publish(home)
    documents: list[Document] = []
    monkeypatch.setattr(
        routes, "dossier_document", lambda *told: documents.append(dossier_document(*told)) or documents[-1]
    )
    with client_of(home) as client:
        page = client.get(f"/communications/{LETTER}").raise_for_status().text
        twin = client.get(f"/communications/{LETTER}.json").raise_for_status().json()["at_hand"]
        listed = client.get(f"/communications/{LETTER}.csv?rows=run_resources").raise_for_status().text
        uses = client.get(f"/communications/{LETTER}.csv").raise_for_status().text
        assert client.get(f"/communications/{LETTER}.pdf").raise_for_status().content.startswith(b"%PDF")
    section = page.partition('id="at-hand"')[2].partition("</section>")[0]
    assert "4 images of 5 design resources, for all letters of the run" in section
    assert "no row here proves that this letter, or any other, shows an image" in section
    assert "&lt;b&gt;LOGO" in section
    assert "RULE" not in section
    assert "after the run began" in section
    assert (twin["resource_count"], twin["image_count"]) == (5, 4)
    assert [(one["resource_name"], one["beside_report"]) for one in twin["resources"]] == [
        ("<b>LOGO", "version"),
        ("OTHER", "asset"),
        ("UNLINKED", None),
        ("UNUSED", "not_named"),
        ("RULE", None),
    ]
    assert {one["evidence_strength"] for one in twin["resources"]} == {"run_set"}
    assert len([line for line in listed.splitlines() if RUN in line]) == 5
    assert "run_resource_key" not in uses
    (printed,) = documents
    (at_hand,) = (section for section in printed.sections if section.heading == "Its run had at hand")
    assert at_hand.tables[0].rows[0][0] == "<b>LOGO, version 1"
    assert at_hand.tables[0].rows[2][2] == "not known"


def test_the_page_of_an_asset_tells_the_runs_beside_its_uses(tmp_path: Path) -> None:
    """Harm prevented: a recall forgets the runs that had it, or counts them as uses."""
    before, home = tmp_path / "before", tmp_path / "home"
    publish_example(before, letters=1)
    _publish(home)
    with client_of(before) as client:
        plain = client.get(f"/assets/{LETTERHEAD}.json").raise_for_status().json()
        assert "at hand" not in client.get(f"/assets/{LETTERHEAD}").raise_for_status().text
    with client_of(home) as client:
        page = client.get(f"/assets/{LETTERHEAD}").raise_for_status().text
        twin = client.get(f"/assets/{LETTERHEAD}.json").raise_for_status().json()
        listed = client.get(f"/assets/{LETTERHEAD}.csv?rows=run_resources").raise_for_status().text
    assert "3 runs of Exstream had an image of it at hand. At hand is not used" in page
    assert 'and 3 runs had it <a href="#runs-at-hand">at hand</a>, which proves no use.' in page
    assert (twin["runs_at_hand"]["run_count"], twin["runs_at_hand"]["line_count"]) == (3, 4)
    assert (twin["asset_use_count"], twin["where_used"]["communication_count"]) == (
        plain["asset_use_count"],
        plain["where_used"]["communication_count"],
    )
    assert listed.count("run_set") == 4


@pytest.mark.parametrize("page", [f"/communications/{LETTER}", f"/assets/{LETTERHEAD}"])
def test_a_snapshot_of_before_it_was_told_says_nothing_of_it(tmp_path: Path, page: str) -> None:
    """Harm prevented: a page of yesterday fails, or an empty file says that its run had nothing at hand."""
    home = tmp_path / "home"
    folder = publish_example(home, letters=1)
    with duckdb.connect(str(folder / DATABASE)) as connection:
        connection.execute(f"drop table {TABLE}")
    with client_of(home) as client:
        text = client.get(page).raise_for_status().text
        refused = client.get(f"{page}.csv?rows=run_resources")
    assert "at hand" not in text
    assert "rows=run_resources" not in text
    assert refused.status_code == httpx.codes.BAD_REQUEST
    assert "before this was told" in refused.text
