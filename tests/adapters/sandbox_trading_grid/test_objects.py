"""Objects, lists and writes of Trading Grid by the example contract."""

from __future__ import annotations

import pytest

from sandbox.clock import SandboxClock
from sandbox.trading_grid.state import TradingGridState

ASSET = {
    "assetId": "a" * 32,
    "publicId": "brand/logo",
    "version": 1767600000,
    "url": "https://example.com/x.jpg",
}


def publish(service, **body):
    return service.create("publications", communityId="COM-1", asset=ASSET, publishedBy="u.maier", **body)


def open_case(service, **body):
    return service.create("cases", communityId="COM-1", partnerId="PAR-1", subject="Old logo", asset=ASSET, **body)


def read_all(service, objects, limit, **query):
    """Page by offset until the total is reached."""
    records, total = [], None
    while total is None or len(records) < total:
        page = service.http.get(f"/api/v1/{objects}", params={"offset": len(records), "limit": limit, **query}).json()
        assert page["records"], "an empty page before the total was reached"
        records += page["records"]
        total = page["total"]
    return records


def test_every_object_has_the_fields_of_the_contract(service, community) -> None:
    """A field missing on the wire would be read as an absent value and land as NULL."""
    publication = publish(service, contentSha256="0" * 64)
    case = open_case(service)
    member = service.create("members", communityId=community, partnerId="PAR-1")
    access = service.create("accesses", publicationId=publication["publicationId"], partnerId="PAR-1", kind="opened")
    receipt = service.create("acknowledgements", kind="portal", partnerId="PAR-1", code="A")
    message = service.create(
        "thread-messages", caseId=case["caseId"], author="Ida", authorRole="partner", body="Please fix."
    )
    assert set(publication) == {
        "publicationId", "communityId", "asset", "rendition", "language", "region", "device", "publishedAt",
        "publishedBy", "withdrawnAt", "withdrawnBy", "replacesPublicationId", "contentSha256", "correlationId",
        "updatedAt",
    }  # fmt: skip
    assert set(publication["asset"]) == {"assetId", "publicId", "version", "etag", "url"}
    assert set(case) == {
        "caseId", "communityId", "partnerId", "openedAt", "updatedAt", "status", "category", "subject", "asset",
    }  # fmt: skip
    assert set(case["asset"]) == {"assetId", "publicId", "version", "url"}
    assert set(member) == {"communityId", "partnerId", "status", "updatedAt"}
    assert set(access) == {"accessId", "publicationId", "partnerId", "user", "kind", "at", "updatedAt"}
    assert set(receipt) == {
        "acknowledgementId", "kind", "partnerId", "publicationId", "distributionId", "launchId", "code",
        "contentSha256", "at", "updatedAt",
    }  # fmt: skip
    assert set(message) == {
        "messageId", "caseId", "author", "authorRole", "postedAt", "body", "correlationId", "updatedAt",
    }  # fmt: skip
    assert publication["publishedAt"] == case["openedAt"] == message["postedAt"] == "2026-01-10T08:00:00Z"


def test_single_objects_and_unknown_ones(service, community) -> None:
    """The read-back of a correction asks for one object; a wrong 200 or 404 would confirm or lose it."""
    service.create("members", communityId=community, partnerId="PAR-1", status="Active")
    assert service.http.get(f"/api/v1/members/{community}:PAR-1").json()["status"] == "Active"
    assert service.http.get("/api/v1/partners/PAR-1").json()["name"] == "Nordlicht Makler"
    for path in ("cases/CASE-9", "partners/none", "surveys", "cases/CASE-9/messages"):
        reply = service.http.get(f"/api/v1/{path}")
        assert (reply.status_code, reply.json()["error"]) == (404, "not_found"), path


def test_paging_reads_each_record_once(service, community) -> None:
    """A page edge that loses or doubles a record would do the same to the warehouse."""
    for number in range(23):
        publish(service, correlationId=f"c-{number}")
        if number % 5 == 0:
            service.clock.advance(60)
    for limit in (1, 10, 23, 500):
        records = read_all(service, "publications", limit)
        order = [(record["updatedAt"], record["publicationId"]) for record in records]
        assert len(set(order)) == 23
        assert order == sorted(order)
    beyond = service.http.get("/api/v1/publications", params={"offset": 40}).json()
    assert (beyond["records"], beyond["total"], beyond["offset"]) == ([], 23, 40)


def test_updated_since_is_inclusive(service, community) -> None:
    """An exclusive bound loses the records of the watermark's own second."""
    first = publish(service)
    service.clock.advance(1)
    second = publish(service)

    def ids(since):
        page = service.http.get("/api/v1/publications", params={"updatedSince": since}).json()
        return [record["publicationId"] for record in page["records"]]

    assert ids("2026-01-10T08:00:00Z") == [first["publicationId"], second["publicationId"]]
    assert ids("2026-01-10T09:00:01+01:00") == [second["publicationId"]]
    assert ids("2026-01-10T08:00:02Z") == []


def test_a_replacing_publication_withdraws_the_replaced_one(service, community) -> None:
    """Two live publications of one asset would leave the corrected exception open for ever."""
    old = publish(service)
    service.clock.advance(90)
    new = publish(service, replacesPublicationId=old["publicationId"], correlationId="fix-1")
    replaced = service.http.get(f"/api/v1/publications/{old['publicationId']}").json()
    assert new["withdrawnAt"] is None
    assert (replaced["withdrawnAt"], replaced["withdrawnBy"]) == ("2026-01-10T08:01:30Z", "u.maier")
    assert replaced["updatedAt"] == "2026-01-10T08:01:30Z"


def test_a_publication_of_another_community_cannot_be_replaced(service, community) -> None:
    """A correction aimed at the wrong community must not take down a stranger's publication."""
    service.create("communities", communityId="COM-2", name="Dealers")
    old = publish(service)
    body = {"communityId": "COM-2", "asset": ASSET, "replacesPublicationId": old["publicationId"]}
    assert service.http.post("/api/v1/publications", json=body).status_code == 400
    assert service.http.get(f"/api/v1/publications/{old['publicationId']}").json()["withdrawnAt"] is None
    assert service.http.get("/api/v1/publications").json()["total"] == 1


def test_withdrawing_twice_keeps_the_first_instant(service, community) -> None:
    """A moved instant of withdrawal would rewrite what a community showed on a day."""
    path = f"/api/v1/publications/{publish(service)['publicationId']}/withdraw"
    first = service.http.post(path, json={"withdrawnBy": "ida"}).json()
    service.clock.advance(60)
    assert service.http.post(path, json={"withdrawnBy": "someone else"}).json() == first
    assert service.http.post(path, json={}).status_code == 400


def test_a_correlation_id_is_used_once(service, community) -> None:
    """A correction that is sent again after a lost reply must not post or publish twice."""
    case = open_case(service)
    path = f"/api/v1/cases/{case['caseId']}/messages"
    message = {"author": "Brand team", "authorRole": "team", "body": "New link", "correlationId": "m-1"}
    first = service.http.post(path, json=message)
    service.clock.advance(5)
    again = service.http.post(path, json={**message, "body": "Other text"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert service.http.get(path).json()["total"] == 1

    publication = publish(service, correlationId="p-1")
    body = {"communityId": "COM-1", "asset": ASSET, "publishedBy": "u.maier", "correlationId": "p-1"}
    repeated = service.http.post("/api/v1/publications", json=body)
    assert (repeated.status_code, repeated.json()) == (200, publication)


def test_writes_are_found_by_correlation_id(service, community) -> None:
    """Read-back by correlation id settles a write whose reply was lost."""
    case = open_case(service)
    publish(service, correlationId="p-2")
    publish(service)
    message = {"author": "a", "authorRole": "team", "body": "b", "correlationId": "m-2"}
    service.http.post(f"/api/v1/cases/{case['caseId']}/messages", json=message)

    def found(objects, **query):
        return service.http.get(f"/api/v1/{objects}", params=query).json()["records"]

    assert [record["correlationId"] for record in found("publications", correlationId="p-2")] == ["p-2"]
    assert [record["correlationId"] for record in found("thread-messages", correlationId="m-2")] == ["m-2"]
    assert len(found("thread-messages", caseId=case["caseId"])) == 1
    assert found("thread-messages", caseId="other") == found("publications", correlationId="never") == []


def test_a_teams_message_answers_the_case(service, community) -> None:
    """A case that stays open after the answer would be corrected again; a closed one must stay closed."""
    case_path = f"/api/v1/cases/{open_case(service)['caseId']}"

    def post(role):
        message = {"author": "x", "authorRole": role, "body": "text"}
        assert service.http.post(f"{case_path}/messages", json=message).status_code == 201
        return service.http.get(case_path).json()["status"]

    assert post("partner") == "open"
    service.clock.advance(30)
    assert post("team") == "answered"
    assert service.http.get(case_path).json()["updatedAt"] == "2026-01-10T08:00:30Z"
    assert service.http.patch(case_path, json={"status": "closed"}).json()["status"] == "closed"
    assert post("team") == "closed"


@pytest.mark.parametrize(
    ("objects", "body", "field"),
    [
        ("publications", {"communityId": "COM-1"}, "asset"),
        ("publications", {"communityId": "COM-1", "asset": {"version": 3}}, "asset"),
        ("publications", {"communityId": "COM-1", "asset": {**ASSET, "version": "3"}}, "asset.version"),
        ("publications", {"communityId": "COM-1", "asset": {**ASSET, "version": True}}, "asset.version"),
        ("publications", {"communityId": "none", "asset": ASSET}, "communityId"),
        ("publications", {"communityId": "COM-1", "asset": ASSET, "publishedAt": "x"}, "publishedAt"),
        ("publications", {"communityId": "COM-1", "asset": ASSET, "contentSha256": "AB"}, "contentSha256"),
        ("accesses", {"publicationId": "x", "partnerId": "PAR-1", "kind": "opened"}, "publicationId"),
        ("acknowledgements", {"partnerId": "PAR-1", "kind": "fax"}, "kind"),
        ("partners", {"name": "x", "gln": "12"}, "gln"),
        ("communities", {"name": " "}, "name"),
        ("communities", {"name": "x", "colour": "red"}, "colour"),
        ("launches", {"name": "x", "launchAt": "2026-03-01"}, "launchAt"),
        ("launches", {"name": "x", "launchAt": "2026-03-01T00:00:00Z", "communityIds": "COM-1"}, "communityIds"),
        ("launches", {"name": "x", "launchAt": "2026-03-01T00:00:00Z", "communityIds": ["none"]}, "communityIds"),
        ("searches", {"partnerId": "PAR-1", "resultCount": "3"}, "resultCount"),
        ("searches", {"partnerId": "PAR-1", "resultCount": -1}, "resultCount"),
        ("feedback", {"partnerId": "PAR-1", "asset": ASSET, "category": "x", "answeredAt": "x"}, "answeredAt"),
    ],
)
def test_a_bad_body_is_refused_and_names_the_field(service, community, objects, body, field) -> None:
    """A lenient stand-in would let a broken correction pass here and fail at the customer."""
    before = service.http.get(f"/api/v1/{objects}").json()["total"]
    reply = service.http.post(f"/api/v1/{objects}", json=body)
    assert reply.status_code == 400
    assert reply.json()["error"] == "invalid_request"
    assert field in [detail["field"] for detail in reply.json()["details"]]
    assert field in reply.json()["message"]
    assert service.http.get(f"/api/v1/{objects}").json()["total"] == before


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 501},
        {"limit": "x"},
        {"offset": -1},
        {"updatedSince": "2026-01-10"},
        {"page": 2},
    ],
)
def test_a_bad_query_is_refused(service, query) -> None:
    """A parameter that is ignored in silence makes a client believe in a window that it never got."""
    reply = service.http.get("/api/v1/cases", params=query)
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")


def test_other_refusals(service, community) -> None:
    """A broken body, a wrong method, a taken id: each has its own clear answer."""
    assert service.http.post("/api/v1/cases", content=b"{").status_code == 400
    assert service.http.post("/api/v1/cases", json=[1]).status_code == 400
    assert service.http.patch("/api/v1/publications/x", json={}).json()["error"] == "not_allowed"
    taken = service.http.post("/api/v1/communities", json={"communityId": "COM-1", "name": "Again"})
    assert (taken.status_code, taken.json()["error"]) == (409, "already_exists")
    case = f"/api/v1/cases/{open_case(service)['caseId']}"
    assert service.http.patch(case, json={"status": "lost"}).status_code == 400
    assert service.http.patch(case, json={"subject": "x"}).status_code == 400
    assert service.http.patch(case, json={}).status_code == 400


def test_a_patch_that_changes_nothing_leaves_updated_at(service, community) -> None:
    """A moved updatedAt without a change would land the same state again and again."""
    service.clock.advance(60)
    path = f"/api/v1/communities/{community}"
    assert service.http.patch(path, json={"region": "DE"}).json()["updatedAt"] == "2026-01-10T08:00:00Z"
    assert service.http.patch(path, json={"region": "AT"}).json()["updatedAt"] == "2026-01-10T08:01:00Z"


def test_a_status_sets_its_own_instant(service, community) -> None:
    """Time to fix is measured between these instants; one that a client may write is no measurement."""
    report = service.create("feedback", partnerId="PAR-1", category="slow_loading", asset=ASSET)
    assert (report["reportedAt"], report["answeredAt"], report["reopenedAt"]) == ("2026-01-10T08:00:00Z", None, None)
    path = f"/api/v1/feedback/{report['feedbackId']}"
    service.clock.advance(60)
    answer = {"status": "answered", "answer": "lighter", "answerPublicationId": publish(service)["publicationId"]}
    assert service.http.patch(path, json=answer).json()["answeredAt"] == "2026-01-10T08:01:00Z"
    service.clock.advance(60)
    reopened = service.http.patch(path, json={"status": "reopened"}).json()
    assert (reopened["answeredAt"], reopened["reopenedAt"]) == ("2026-01-10T08:01:00Z", "2026-01-10T08:02:00Z")
    assert service.http.patch(path, json={"answerPublicationId": "none"}).status_code == 400
    task = service.create("tasks", kind="confirm", status="done")
    assert task["doneAt"] == task["createdAt"]
    undone = service.http.patch(f"/api/v1/tasks/{task['taskId']}", json={"status": "open"}).json()
    assert undone["doneAt"] is None


def test_a_launch_has_a_discussion_of_its_own(service, community) -> None:
    """A readiness list that lands in a case's thread would answer that case."""
    launch = service.create("launches", name="Spring", launchAt="2026-03-01T00:00:00Z", communityIds=[community])
    path = f"/api/v1/launches/{launch['launchId']}/messages"
    message = {"author": "team", "authorRole": "team", "body": "Ready", "correlationId": "l-1"}
    assert [service.http.post(path, json=message).status_code for _ in range(2)] == [201, 200]
    (posted,) = service.http.get(path).json()["records"]
    assert (posted["launchId"], posted["body"]) == (launch["launchId"], "Ready")
    assert service.http.get("/api/v1/launches/none/messages").status_code == 404
    assert service.http.get("/api/v1/thread-messages").json()["total"] == 0


def test_a_restarted_service_goes_on(service, community) -> None:
    """A vendor that forgets on restart would look like a mass deletion; a torn last line must not stop it."""
    publication = publish(service, correlationId="p-3")
    journal = service.folder / "trading-grid" / "records.jsonl"
    with journal.open("ab") as lines:
        lines.write(b'{"object": "cases", "rec')
    again = TradingGridState.create(service.folder, SandboxClock(service.clock.now()))
    assert again.get("publications", str(publication["publicationId"])) == publication
    repeated = again.add("publications", {"communityId": community, "asset": ASSET, "correlationId": "p-3"})
    assert not repeated.is_new
    added = again.add("publications", {"communityId": community, "asset": ASSET})
    assert added.record["publicationId"] != publication["publicationId"]
    assert journal.read_bytes().endswith(b"\n")


def test_faults_and_counts_come_from_the_sandbox(service) -> None:
    """Retry tests rest on the fault knob and rate figures on the counts."""
    order = {"service": "trading_grid", "status": 503, "times": 1, "path": "/cases"}
    assert service.http.post("/_sandbox/knobs", json=order).status_code == 200
    assert [service.http.get("/api/v1/cases").status_code for _ in range(2)] == [503, 200]
    service.http.get("/api/v1/partners/PAR-9")
    counts = service.http.get("/_sandbox/requests").json()["trading_grid"]
    assert counts["GET /api/v1/partners/{id}"] == 1
    assert counts["POST /oauth2/token"] == 1
