"""Every report as a table: its question and owner, its rows page by page, and that an address asks nothing else."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import duckdb
import httpx
import pytest

from corrections.people import register, sign_in_names
from corrections.people.accesses import access_lines
from publish.reading import DATABASE
from publish.report_words import reports_of_manifest
from tests.browser.example.described import report_words
from tests.browser.example.names import BANNER, COVERED_TO, LETTER, SCRIPT, key_of
from tests.browser.example.reports import COMMUNITY, QUEBEC_LETTER, SHELF_COUNT
from tests.browser.example_snapshot import publish_example
from tests.browser.live_reports import client_of as reports_of
from tests.unit.reports.people.house import (
    ADA,
    CLOCK,
    SNAPSHOT,
    House,
    application_of,
    build_house,
    client_of,
    sign_in,
    signed_in,
)

SHELF, SELECTIONS, ACCESSES = "rpt_community_shelf", "rpt_selection_decisions", "rpt_accesses"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house in which each role has its person."""
    return build_house(tmp_path_factory.mktemp("tables") / "house")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The reports over a snapshot of before its manifest told of reports, and its file of what columns mean.

    A stream that its controls rest on has no complete claim, nor has one that a search and the partner matrix rest on.
    """
    home = tmp_path_factory.mktemp("bare") / "home"
    folder = publish_example(home)
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(
        json.dumps({k: v for k, v in told.items() if k != "reports"} | {"data_until": None})
    )
    with duckdb.connect(str(folder / DATABASE)) as connection:
        connection.execute(f"comment on table reports.{SHELF} is null")
        connection.execute(f"comment on column reports.{SHELF}.public_id is null")
        connection.execute(
            "update reports.rpt_partner_searches set evaluated_at = null where search_terms = 'letterhead'"
        )
        connection.execute("update reports.rpt_partner_matrix set evaluated_at = null")
    with reports_of(home) as client:
        yield client


def paged(client: httpx.Client, path: str, **parameters: str) -> list[str]:
    """Return the first key of every row of a report, page by page."""
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = client.get(f"{path}.json", params={**parameters, **after}).json()["page"]
        seen += [row["publication_key"] for row in page["rows"]]
        if page["after"] is None:
            return seen
        after = {"after": page["after"]}


def test_the_list_tells_of_every_report_what_it_answers_and_whose_it_is(client: httpx.Client) -> None:
    """A table of which nobody says what it answers answers whatever its reader thinks."""
    told = client.get("/reports.json").json()["reports"]
    assert {report["name"]: report["words"]["question"] for report in told} == {
        name: words.question for name, words in report_words().items()
    }
    page = client.get("/reports").text
    assert page.count("partner.management@example.com") > 5
    assert 'href="/reports/rpt_community_shelf"' in page
    assert 'href="/partners"' in page


def test_a_report_says_its_question_its_owner_and_what_its_columns_mean(client: httpx.Client) -> None:
    """A number that is read without its grain is read as another one."""
    page = client.get(f"/reports/{SHELF}").text
    assert "What does each community show now, what did it show on any day, and who opened it?" in page
    assert "Partner management (partner.management@example.com)" in page
    assert "One row per publication: what each community shows now" in page
    assert "Public id of the asset: a name, which may change." in page
    assert 'href="/reports/rpt_publication_receipts"' in page
    assert "as all of this snapshot: the complete claims of no stream end before" in page


def test_a_report_says_until_when_it_is_known(client: httpx.Client) -> None:
    """Searches that came later than the claims reach are not there, and nothing shows it but this instant."""
    page = client.get("/reports/rpt_partner_searches").text
    assert f'Known until <time datetime="{COVERED_TO:%Y-%m-%dT%H:%M:%SZ}">' in page


def test_a_report_of_which_it_is_not_known_until_when_says_so(bare: httpx.Client) -> None:
    """Rows that no complete claim covers are read as known until the instant of the others, or of the snapshot."""
    searches = bare.get("/reports/rpt_partner_searches").text
    assert "UTC; of 1 row no instant can be told, as what it rests on has no complete claim." in searches
    assert bare.get("/reports/rpt_partner_searches.json").json()["page"]["unknown_count"] == 1
    matrix = bare.get("/reports/rpt_partner_matrix").text
    assert "Until when it is known cannot be told: a stream that its rows rest on has no complete claim." in matrix
    shelf = bare.get(f"/reports/{SHELF}").text
    assert "Until when it is known cannot be told: a stream that the controls rest on has no complete claim." in shelf


def test_the_rows_of_a_report_are_paged_without_gap_or_double(client: httpx.Client) -> None:
    """Several are of one instant, and some of none: a row that falls between two pages is never seen."""
    seen = paged(client, f"/reports/{SHELF}")
    assert len(seen) == len(set(seen)) == SHELF_COUNT
    assert seen == paged(client, f"/reports/{SHELF}", column="community_name", value="") != sorted(seen)


def test_rows_are_chosen_by_one_exact_value(client: httpx.Client) -> None:
    """Whoever asks for one community must not get those whose names begin alike."""
    superseded = paged(client, f"/reports/{SHELF}", column="verdict_now", value="SUPERSEDED")
    assert superseded == [key for key in paged(client, f"/reports/{SHELF}") if key in set(superseded)]
    assert len(superseded) == SHELF_COUNT // 10
    assert len(paged(client, f"/reports/{SHELF}", column="community_name", value=COMMUNITY)) == SHELF_COUNT - 1
    assert paged(client, f"/reports/{SHELF}", column="community_name", value=COMMUNITY[:-1]) == []
    assert len(paged(client, f"/reports/{SHELF}", column="is_live", value="no")) == SHELF_COUNT // 3


def test_a_value_that_no_row_has_is_answered_by_those_that_the_column_has(client: httpx.Client) -> None:
    """A verdict with one letter too many reads as if nothing were superseded."""
    asked = {"column": "verdict_now", "value": "SUPERSEEDED"}
    page = client.get(f"/reports/{SHELF}", params=asked).text
    assert "No row has this value there, written exactly so. The column has " in page
    assert f'href="/reports/{SHELF}?column=verdict_now&amp;value=SUPERSEDED"' in page
    told = client.get(f"/reports/{SHELF}.json", params=asked).json()["page"]
    assert "SUPERSEDED" in told["held_values"]
    assert told["held_values"] == sorted(set(told["held_values"]))
    assert client.get(f"/reports/{SHELF}.json").json()["page"]["held_values"] is None
    many = {"column": "publication_id_trading_grid", "value": "nowhere"}
    assert "more values than can be named here" in client.get(f"/reports/{SHELF}", params=many).text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports/rpt_unknown", 404),
        ("/reports/fct_approvals", 404),
        ("/reports/marts.fct_approvals", 404),
        ('/reports/rpt_community_shelf"%20where%20true%20--', 404),
        ("/reports/read_csv('%2Fetc%2Fpasswd')", 404),
        (f"/reports/{SHELF}?column=publication_key&value=x", 400),
        (f"/reports/{SHELF}?column=version_number&value=1", 400),
        (f"/reports/{SHELF}?column=1)%20or%20(1&value=1", 400),
        (f"/reports/{SHELF}?value=x", 400),
        (f"/reports/{SHELF}?after=nowhere", 400),
        (f"/reports/{SHELF}?sql=select", 400),
    ],
)
def test_an_address_asks_nothing_but_a_report_of_the_list(client: httpx.Client, path: str, status: int) -> None:
    """A name that becomes a part of the question would read any table, or any file, under the reader's name."""
    assert client.get(path).status_code == status


def test_values_lead_to_the_pages_of_what_they_name_and_never_run(client: httpx.Client) -> None:
    """A letter that cannot be opened from its row is typed off; a name that runs is somebody else's page."""
    page = client.get(f"/reports/{SELECTIONS}").text
    assert f'href="/communications/{LETTER}"' in page
    assert f'href="/assets/{BANNER}"' in page
    assert f'href="/recipients/{key_of("recipient", LETTER)}"' in page
    assert "tone-bad" in page
    assert "the approval of these bytes had been revoked or replaced" in page
    assert "<img" not in page.replace('<img src="/static/mark.svg', "")
    searches = client.get("/reports/rpt_partner_searches").text
    assert SCRIPT not in searches
    assert "&lt;script&gt;" in searches


def test_a_report_leaves_with_its_keys_and_its_origin(client: httpx.Client) -> None:
    """Rows without their snapshot and their filter are a claim that nobody can check."""
    asked = {"column": "verdict_now", "value": "SUPERSEDED"}
    answer = client.get(f"/reports/{SHELF}.csv", params=asked)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert (len(rows), "publication_key" in rows[0]) == (SHELF_COUNT // 10, True)
    assert answer.headers["Assettrail-Snapshot"]
    whole = client.get(f"/reports/{SHELF}.rows.json", params=asked).json()
    assert (whole["filters"], whole["snapshot"]) == (
        {"verdict_now": "SUPERSEDED"},
        answer.headers["Assettrail-Snapshot"],
    )
    assert client.get(f"/reports/{SHELF}.parquet", params=asked).content[:4] == b"PAR1"


def test_a_page_that_shows_a_report_names_it_at_its_foot(client: httpx.Client) -> None:
    """Whoever reads the matrix and wants its rows has to know what the table is called."""
    page = client.get("/partners").text
    assert 'href="/reports/rpt_partner_matrix"' in page
    assert "For each partner and artwork, was it delivered" in page
    assert "rpt_partner_matrix" not in client.get("/brand").text


def test_a_snapshot_of_before_tells_its_rows_and_says_what_it_does_not_tell(bare: httpx.Client) -> None:
    """A page that breaks on what an older snapshot lacks takes all of its rows away."""
    page = bare.get(f"/reports/{SHELF}").text
    assert "This snapshot does not tell which question the report answers." in page
    assert "What one row is, this snapshot does not tell." in page
    assert len(paged(bare, f"/reports/{SHELF}")) == SHELF_COUNT
    assert bare.get("/reports").text.count("not told by this snapshot") == len(report_words())
    assert reports_of_manifest({}) == {}


def test_who_may_not_query_sees_no_list_of_recipients_and_no_accesses(people: House) -> None:
    """What the console would refuse must not be had by another door."""
    reader, analyst = signed_in(people, "reader"), signed_in(people, "analyst")
    pseudonym = key_of("recipient", LETTER)
    assert pseudonym in analyst.get(f"/reports/{SELECTIONS}.json").text
    for ending in ("", ".json"):
        shown = reader.get(f"/reports/{SELECTIONS}{ending}")
        assert (shown.status_code, pseudonym in shown.text, LETTER in shown.text) == (200, False, True)
    chosen = reader.get(f"/reports/{SELECTIONS}", params={"column": "recipient_pseudonym", "value": pseudonym})
    assert chosen.status_code == 400
    assert "recipient_pseudonym" not in signed_in(people, "officer").get(f"/reports/{SELECTIONS}.csv").text
    assert reader.get(f"/reports/{SELECTIONS}.csv").status_code == 403
    assert (reader.get(f"/reports/{ACCESSES}").status_code, analyst.get(f"/reports/{ACCESSES}").status_code) == (
        403,
        200,
    )
    assert (ACCESSES in reader.get("/reports").text, ACCESSES in analyst.get("/reports").text) == (False, True)
    assert "/access/months" not in analyst.get("/reports").text, "a page that its reader is refused is no link"
    assert signed_in(people, "engineer").get("/reports").status_code == 403


def test_a_restricted_person_sees_their_letters_and_no_report_that_counts_over_others(people: House) -> None:
    """One table that forgets the restriction lists the letters of people who are none of theirs."""
    settings = people.settings()
    register.add_person(settings, CLOCK, "Remy Restricted", ["officer", "analyst"], ADA)
    sign_in_names.restrict(settings, CLOCK, "Remy Restricted", ["CA-QC"], ADA)
    narrow = client_of(application_of(people))
    sign_in(narrow, register.issue_token(settings, CLOCK, "Remy Restricted", 5, ADA).text)
    names = [report["name"] for report in narrow.get("/reports.json").json()["reports"]]
    assert SELECTIONS in names
    assert not {ACCESSES, "rpt_rendition_requests", "rpt_delivered_renditions"} & set(names)
    assert narrow.get("/reports/rpt_delivered_renditions").status_code == 404
    for ending in ("", ".json", ".csv", ".rows.json"):
        shown = narrow.get(f"/reports/{SELECTIONS}{ending}").text
        assert (QUEBEC_LETTER in shown, LETTER in shown, "drop table" in shown) == (True, False, False)
    grain = "One row per selection: which rule chose which asset for whom"
    assert grain in narrow.get(f"/reports/{SELECTIONS}").text
    counted = narrow.get("/reports/rpt_verdict_summary.json").json()["page"]
    keys = [row["verdict_summary_key"] for row in counted["rows"]]
    assert len(set(keys)) == len(keys) == counted["total_count"] > 0
    for name in names:
        assert narrow.get(f"/reports/{name}").status_code == 200, name


def test_opening_a_report_stands_in_the_log_without_what_was_typed(people: House) -> None:
    """A list of letters that leaves no trace is read by whoever should not; a value may be a customer's number."""
    reader = signed_in(people, "reader")
    reader.get(f"/reports/{SHELF}", params={"column": "community_name", "value": "4000-1234"})
    lines = [json.loads(line) for line in access_lines(people.settings())]
    seen = [line for line in lines if line["person"] == "Person reader" and line["kind"] == "query"][-1]
    assert (seen["subject"], seen["snapshot_name"]) == (f"/reports/{SHELF}", SNAPSHOT)
    assert "4000-1234" not in json.dumps(lines)
