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
from tests.browser.example.names import LETTER
from tests.browser.example_snapshot import publish_example
from tests.browser.live_reports import client_of
from tests.unit.reports.test_example_fits_the_marts import described

TABLE = "marts.fct_output_links"


def test_the_dossier_tells_what_no_report_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: an officer reads that all is proven of a letter that showed something else besides."""
    home = tmp_path / "home"
    folder = publish_example(home, letters=1)
    columns = described("marts")[TABLE]
    with duckdb.connect(str(folder / DATABASE)) as connection:
        connection.execute(f"create table {TABLE} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
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


def test_a_letter_whose_outputs_were_not_read_says_nothing_of_them(client: httpx.Client) -> None:
    """Harm prevented: a page that says that a letter shows nothing, where nobody looked."""
    assert "HTML outputs" not in client.get(f"/communications/{LETTER}").raise_for_status().text
    assert client.get(f"/communications/{LETTER}.json").json()["outputs"] == []
