"""What the HTML outputs of a communication show, on its dossier."""

from __future__ import annotations

from pathlib import Path

import duckdb
import httpx
import pytest

from publish.reading import DATABASE
from reports import routes
from reports.prints.document import Document
from reports.prints.dossier import dossier_document
from tests.browser.example.names import LETTER, LETTERHEAD, SEVERAL_LETTER, key_of
from tests.browser.example_snapshot import publish_example
from tests.browser.live_reports import client_of

TABLE = "marts.fct_output_links"


def test_the_dossier_tells_what_no_report_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: an officer reads that all is proven of a letter that showed something else besides."""
    home = tmp_path / "home"
    folder = publish_example(home, letters=1)
    with duckdb.connect(str(folder / DATABASE)) as connection:
        for number, state in enumerate(("reported", "not_reported", "unlinked"), start=1):
            connection.execute(
                f"insert into {TABLE} by name select ?::varchar as output_link_key, communication_key, "
                "'Queue_1_email/a.html' as file_name, ?::bigint as ordinal, true as is_shown, ? as link_state, "
                "case when ? <> 'unlinked' then 'NOT_APPROVED' end as verdict, 'exact' as evidence_strength, "
                "case when ? = 'unlinked' then 'a folder or a transformation' end as unlinked_reason, "
                "'https://res.cloudinary.com/insurer/<b>' || ? as delivery_url from marts.fct_communications "
                "where communication_id_exstream = ?",
                [str(number), number, state, state, state, state, LETTER],
            )
    documents: list[Document] = []
    monkeypatch.setattr(
        routes, "dossier_document", lambda *told: documents.append(dossier_document(*told)) or documents[-1]
    )
    with client_of(home) as client:
        page = client.get(f"/communications/{LETTER}").raise_for_status().text
        assert client.get(f"/communications/{LETTER}.pdf").raise_for_status().content.startswith(b"%PDF")
        twin = client.get(f"/communications/{LETTER}.json").json()["outputs"]
    assert 'is the worst verdict of <a href="#outputs">2 addresses in its HTML outputs</a>.' in page
    assert "3 addresses of ours in its HTML outputs; 2 of them not as the report says." in page
    assert "shown; the report does not name it" in page
    (printed,) = documents
    assert printed.lead.endswith("Not approved is the worst verdict of 2 addresses in its HTML outputs.")
    (table,) = next(section for section in printed.sections if section.heading == "Its HTML outputs show").tables
    assert [row[1] for row in table.rows] == ["Not approved", "not recorded"]
    assert "names no asset for certain: a folder or a transformation" in page
    assert "insurer/&lt;b&gt;not_reported" in page
    assert "insurer/&lt;b&gt;reported" not in page
    assert [address["link_state"] for address in twin] == ["reported", "not_reported", "unlinked"]


def test_what_an_output_alone_shows_is_found_from_the_letter_its_exception_and_its_asset(tmp_path: Path) -> None:
    """Harm prevented: an exception that leads nowhere, and an asset that seems to be used nowhere.

    What is not beside the report, or of another asset, is not among the images of the asset.
    """
    home = tmp_path / "home"
    folder = publish_example(home, letters=1)
    asset = key_of("asset", LETTERHEAD)
    other = key_of("asset", "another")
    with duckdb.connect(str(folder / DATABASE)) as connection:
        for ordinal, (is_beside_report, of_asset) in enumerate(((True, asset), (False, asset), (True, other)), start=1):
            connection.execute(
                f"insert into {TABLE} by name select ?::varchar as output_link_key, communication_key, "
                "? as asset_key, 'Queue_1_email/a.html' as file_name, ?::bigint as ordinal, true as is_shown, "
                "case when ? then 'not_reported' else 'reported' end as link_state, ? as is_beside_report, "
                "'NOT_APPROVED' as verdict, 'exact' as evidence_strength, "
                "'email' as channel_code, generated_at as composed_at from marts.fct_communications "
                "where communication_id_exstream = ?",
                [str(ordinal), of_asset, ordinal, is_beside_report, is_beside_report, SEVERAL_LETTER],
            )
        connection.execute(
            "update marts.fct_communications set worst_verdict = 'NOT_APPROVED' where communication_id_exstream = ?",
            [SEVERAL_LETTER],
        )
        connection.execute(
            "insert into marts.fct_exceptions by name select 'shown' as exception_key, "
            "'ctl_unapproved_asset_uses' as control_name, 'output_link' as subject_type, '1' as subject_key, "
            "? || '/email/output/1' as subject_id, ? as asset_key, communication_key, false as is_standing, "
            "generated_at as occurred_at, 'never_approved' as reason, 'exact' as evidence_strength "
            "from marts.fct_communications where communication_id_exstream = ?",
            [SEVERAL_LETTER, asset, SEVERAL_LETTER],
        )
        # What was counted of the example beforehand does not know the rows above.
        connection.execute("drop schema serving cascade")
    with client_of(home) as client:
        letter = client.get(f"/communications/{SEVERAL_LETTER}").raise_for_status().text
        listed = client.get(f"/exceptions?text={SEVERAL_LETTER}").raise_for_status().text
        page = client.get(f"/assets/{LETTERHEAD}").raise_for_status().text
        twin = client.get(f"/assets/{LETTERHEAD}.json").raise_for_status().json()["where_used"]
        known = client.get(f"/known?communication={SEVERAL_LETTER}").raise_for_status().text
    assert "is the worst verdict of its 1 asset use." in letter
    assert "Proven" in letter.partition("is the worst verdict of its 1 asset use.")[0][-200:]
    assert f'href="/communications/{SEVERAL_LETTER}#outputs"' in listed
    assert "image in a letter&#39;s output that its report does not name" in listed
    assert "1 image in 1 communication: HTML outputs show it, and no report names it." in page
    assert f'href="/communications/{SEVERAL_LETTER}#outputs"' in page
    assert [image["communication_id"] for image in twin["output_images"]] == [SEVERAL_LETTER]
    assert (twin["output_image_count"], twin["output_letter_count"]) == (1, 1)
    assert '<a href="#output-images">Outputs of 1 communication</a> show it besides' in page
    assert "carried it by their reports, outputs of 1 communication show it besides, and cannot be called back" in page
    assert "is the worst verdict of what it carried, 1 asset use by its report" in known


@pytest.mark.parametrize(("change", "told"), [("drop table serving.asset_output_images", 0), ("select 1", 1)])
def test_a_snapshot_of_before_the_column_tells_what_it_was_published_with(
    tmp_path: Path, change: str, told: int
) -> None:
    """Harm prevented: the page of an asset fails on every snapshot of yesterday, or forgets what it showed then."""
    home = tmp_path / "home"
    folder = publish_example(home, letters=1)
    with duckdb.connect(str(folder / DATABASE)) as connection:
        connection.execute(
            "insert into serving.asset_output_images by name select ? as asset_key, "
            "timestamptz '2026-03-01 00:00:00+00' as happened_at, 'l' as output_link_key, 'c' as communication_key, "
            "? as communication_id_exstream, 'NOT_APPROVED' as verdict",
            [key_of("asset", LETTERHEAD), SEVERAL_LETTER],
        )
        connection.execute(f"alter table {TABLE} drop is_beside_report")
        connection.execute(change)
    with client_of(home) as client:
        page = client.get(f"/assets/{LETTERHEAD}.json").raise_for_status().json()["where_used"]
    assert (page["output_image_count"], len(page["output_images"])) == (told, told)


def test_a_letter_whose_outputs_were_not_read_says_nothing_of_them(client: httpx.Client) -> None:
    """Harm prevented: a page that says that a letter shows nothing, where nobody looked."""
    assert "HTML outputs" not in client.get(f"/communications/{LETTER}").raise_for_status().text
    assert client.get(f"/communications/{LETTER}.json").json()["outputs"] == []
