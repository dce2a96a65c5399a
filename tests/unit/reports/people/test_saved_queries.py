"""Saved queries: a link that means the same for everybody and for ever, and who may make one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from assettrail.errors import ConfigurationError
from corrections.people import register
from corrections.store.database import open_store
from tests.browser.example.names import FORMULA, RIGHT_TO_LEFT, SCRIPT
from tests.unit.reports.people.house import (
    ADA,
    CLOCK,
    SNAPSHOT,
    House,
    application_of,
    build_house,
    client_of,
    csrf_of,
    sign_in,
    signed_in,
)

SQL = "select case_id_trading_grid, status from marts.fct_cases order by all"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """An installation with one person for each role."""
    return build_house(tmp_path_factory.mktemp("saved"))


@pytest.fixture(scope="module")
def analyst(house: House) -> Iterator[TestClient]:
    """A browser in which the analyst has signed in."""
    with signed_in(house, "analyst") as client:
        yield client


def save(client: TestClient, name: str, sql: str = SQL, purpose: str = "", **headers: str) -> object:
    """Save a query as the form beneath a result does; return status, place and page."""
    page = client.get("/sql", params={"q": "select 1"})
    form = {"csrf_token": csrf_of(page.text), "name": name, "q": sql, "purpose": purpose}
    answer = client.post("/sql/saved", data=form, headers=headers)
    return answer.status_code, answer.headers.get("location"), answer.text


def test_a_saved_query_is_opened_under_its_name(house: House, analyst: TestClient) -> None:
    """A link in a ticket that leads to another question than it did is worse than none."""
    assert save(analyst, "open-cases", purpose="What waits")[:2] == (303, "/sql/open-cases")
    page = analyst.get("/sql/open-cases")
    assert page.status_code == 200
    assert "Person analyst" in page.text
    assert f"/sql/open-cases?snapshot={SNAPSHOT}" in page.text
    twin = analyst.get("/sql/open-cases.json", params={"snapshot": SNAPSHOT}).json()
    assert twin["rows"] == analyst.get("/sql.json", params={"q": SQL}).json()["rows"] != []
    assert (twin["saved"]["name"], twin["sql"], twin["snapshot"]["is_pinned"]) == ("open-cases", SQL, True)
    assert analyst.get("/sql/open-cases.csv").text.startswith("case_id_trading_grid,status")
    assert [one["name"] for one in analyst.get("/sql/saved.json").json()["saved_queries"]] == ["open-cases"]
    for listing in ("/sql/saved", "/sql"):
        assert "/sql/open-cases" in analyst.get(listing).text
        assert "What waits" in analyst.get(listing).text
    assert analyst.get("/sql/nothing-such").status_code == 404
    with open_store(house.settings()) as store, store.read() as session:
        logged = session.execute(text("select person, kind, detail from accesses where detail like 'saved as%'"))
        assert logged.fetchall() == [("Person analyst", "query", "saved as open-cases")]


def test_nothing_of_it_is_changed_later(house: House, analyst: TestClient) -> None:
    """Whoever can change the text behind a link changes what an auditor reads."""
    assert save(analyst, "kept")[0] == 303
    status, _, page = save(analyst, "kept", "select 2")
    assert status == 400
    assert "Person analyst saved a query" in page
    assert "select 2</textarea>" in page
    assert analyst.get("/sql/kept.json").json()["sql"] == SQL
    with (
        pytest.raises(ConfigurationError, match="never changed or removed"),
        open_store(house.settings()) as store,
        store.begin() as session,
    ):
        session.execute(text("update saved_queries set statement = 'select 3'"))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "saved",
        "-a",
        "a-",
        "Ä",
        "A",
        "a b",
        "../x",
        "a/b",
        "a.csv",
        "a?q=1",
        SCRIPT,
        RIGHT_TO_LEFT,
        FORMULA,
        "x" * 65,
    ],
)
def test_a_name_that_is_none_is_refused_and_the_text_kept(analyst: TestClient, name: str) -> None:
    """A name that leads somewhere else, or reads as something else, is a link that somebody else made up."""
    status, _, page = save(analyst, name)
    assert status == 400
    assert "<script>alert" not in page
    assert "It was not saved" in page
    assert "Another site" not in page
    assert "fct_cases order by all</textarea>" in page


@pytest.mark.parametrize("sql", ["", "drop table marts.fct_cases", "select 1; select 2", "selec 1", "x" * 9_000])
def test_only_what_the_console_runs_is_saved(analyst: TestClient, sql: str) -> None:
    """A saved query that is refused when it is opened helps nobody."""
    assert save(analyst, "not-run", sql)[0] == 400
    assert analyst.get("/sql/not-run").status_code == 404


def test_hostile_texts_are_only_texts(analyst: TestClient) -> None:
    """A purpose that runs in a colleague's browser asks what it likes in their name."""
    assert save(analyst, "hostile", f"select '{SCRIPT.replace(chr(39), chr(39) * 2)}' as a", SCRIPT)[0] == 303
    for path in ("/sql/hostile", "/sql/saved", "/sql"):
        assert "<script>" not in analyst.get(path).text, path
    assert save(analyst, "long-purpose", purpose="x" * 301)[0] == 400


def test_only_an_analyst_who_signed_in_saves_and_only_from_a_page_of_ours(house: House, analyst: TestClient) -> None:
    """A name in the history that anybody can use is nobody's."""
    assert save(analyst, "foreign", origin="https://attacker.example")[0] == 403
    assert analyst.post("/sql/saved", data={"name": "no-token", "q": SQL}).status_code == 403
    for role in ("officer", "reader"):
        with signed_in(house, role) as client:
            page = client.get("/")
            form = {"csrf_token": csrf_of(page.text), "name": "mine", "q": SQL}
            assert client.post("/sql/saved", data=form).status_code == 403
            assert client.get("/sql/open-cases").status_code == 403
            assert client.get("/sql/saved").status_code == 403
    assert analyst.get("/sql/mine").status_code == 404


def test_a_link_of_another_site_shows_it_and_does_not_run_it(analyst: TestClient) -> None:
    """A picture on a foreign page that runs queries spends the analyst's name and the house's memory."""
    assert save(analyst, "answered", "select 4711 + 1 as answer")[0] == 303
    shown = analyst.get("/sql/answered", headers={"sec-fetch-site": "cross-site"}).text
    assert "4712" not in shown
    assert "not run" in shown
    assert "4712" in analyst.get("/sql/answered").text


def withdraw(client: TestClient, name: str, reason: str = "it counted recalled uses twice", **headers: str) -> object:
    """Withdraw a saved query as its form does; return status, place and page."""
    token = csrf_of(client.get("/sign-in").text)
    answer = client.post(f"/sql/{name}/withdrawal", data={"csrf_token": token, "reason": reason}, headers=headers)
    return answer.status_code, answer.headers.get("location"), answer.text


def test_a_withdrawn_query_is_not_run_and_still_tells_what_it_asked(house: House, analyst: TestClient) -> None:
    """A wrong count that lives on is relied on; one whose text is gone cannot be traced to what it spoilt."""
    assert save(analyst, "wrong-count", "select 4711 + 1 as answer", "Uses that count")[0] == 303
    assert 'href="/sql/wrong-count/withdrawal"' in analyst.get("/sql/wrong-count").text
    status, place, _ = withdraw(analyst, "wrong-count", f"counts twice {SCRIPT} {RIGHT_TO_LEFT}")
    assert (status, place) == (303, "/sql/wrong-count/withdrawal")
    for path, code in (("/sql/wrong-count", 410), ("/sql/wrong-count/withdrawal", 200)):
        page = analyst.get(path)
        assert page.status_code == code
        for told in ("4711 + 1", "Withdrawn by <bdi>Person analyst</bdi>", "counts twice", "Uses that count"):
            assert told in page.text, (path, told)
        assert "4712" not in page.text
        assert "<script>" not in page.text
        assert 'name="reason"' not in page.text
    twin = analyst.get("/sql/wrong-count.json")
    assert (twin.status_code, twin.json()["is_withdrawn"], "rows" in twin.json()) == (410, True, False)
    assert (twin.json()["sql"], twin.json()["saved"]["withdrawn_by"]) == ("select 4711 + 1 as answer", "Person analyst")
    for ending in (".csv", ".rows.json", ".parquet"):
        assert analyst.get(f"/sql/wrong-count{ending}").status_code == 410
    listed = {one["name"]: one for one in analyst.get("/sql/saved.json").json()["saved_queries"]}
    assert listed["wrong-count"]["withdrawal_reason"].startswith("counts twice")
    assert "/sql/wrong-count" not in analyst.get("/sql").text
    assert "wrong-count" in analyst.get("/sql/saved.csv").text
    assert save(analyst, "wrong-count")[0] == 400, "its name is given to no other query"
    assert withdraw(analyst, "wrong-count")[0] == 409, "who withdrew it first, and why, stays"
    with open_store(house.settings()) as store, store.read() as session:
        logged = session.execute(text("select person, kind from accesses where detail = 'withdrawn: wrong-count'"))
        assert logged.fetchall() == [("Person analyst", "query")]


def test_only_its_author_or_an_administrator_withdraws_a_query(house: House, analyst: TestClient) -> None:
    """Whoever can take away another's query takes away what that one's report rests on; who left cannot do it."""
    assert save(analyst, "of-an-author")[0] == 303
    register.add_person(house.settings(), CLOCK, "Alan Analyst", ["analyst"], ADA)
    token = register.issue_token(house.settings(), CLOCK, "Alan Analyst", 5, ADA).text
    other = client_of(application_of(house))
    sign_in(other, token)
    assert "Withdraw this query" not in other.get("/sql/of-an-author").text
    assert "Only <bdi>Person analyst</bdi>" in other.get("/sql/of-an-author/withdrawal").text
    status, _, page = withdraw(other, "of-an-author")
    assert (status, "Person analyst, who saved it" in page) == (409, True)
    assert withdraw(analyst, "of-an-author", origin="https://attacker.example")[0] == 403
    for role in ("officer", "reader"):
        with signed_in(house, role) as client:
            assert withdraw(client, "of-an-author")[0] == 403
            assert client.get("/sql/of-an-author/withdrawal").status_code == 403
    for reason in ("", " \t", "x" * 1_001):
        assert withdraw(analyst, "of-an-author", reason)[0] == 409
    assert analyst.get("/sql/of-an-author").status_code == 200
    with signed_in(house, "administrator") as administrator:
        assert administrator.get("/sql/of-an-author").status_code == 403
        assert SQL.replace("'", "&#39;") in administrator.get("/sql/of-an-author/withdrawal").text
        assert withdraw(administrator, "of-an-author")[:2] == (303, "/sql/of-an-author/withdrawal")
        assert administrator.get("/sql/nothing-such/withdrawal").status_code == 404
        assert withdraw(administrator, "nothing-such")[0] == 404
    assert "Withdrawn by <bdi>Ada Admin</bdi>" in analyst.get("/sql/of-an-author").text
