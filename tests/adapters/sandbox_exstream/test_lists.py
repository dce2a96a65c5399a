"""The query language of the orchestration runtime: filter, sort, offset, count, dates."""

from __future__ import annotations

import pytest


def test_paging_counts_entities(month) -> None:
    """An offset read as a page number would skip or repeat jobs."""
    seen = []
    for offset in (0, 4, 8):
        page = month.get("jobs", offset=offset, count=4, sort="asc_startDate")
        seen += [job["startDate"] for job in page["data"]]
        assert page["page"] == {
            "pageSize": 4,
            "pageOffset": offset,
            "totalElements": 9,
            "totalPages": 3,
            "currentPageNumber": offset // 4 + 1,
        }
    assert len(set(seen)) == 9
    assert seen == sorted(seen)
    shifted = month.get("jobs", offset=1, count=4, sort="asc_startDate")["data"]
    assert [job["startDate"] for job in shifted] == seen[1:5]
    beyond = month.get("jobs", offset=9, count=4)
    assert (beyond["data"], beyond["page"]["totalElements"]) == ([], 9)


def test_newest_first_unless_sorted(month) -> None:
    """A client that forgets to ask for an order must meet the awkward one."""
    starts = [job["startDate"] for job in month.get("jobs")["data"]]
    assert starts == sorted(starts, reverse=True)
    by_channel = month.get("jobs", sort="asc_channel,desc_startDate")["data"]
    keys = [(job["channel"], -job["startDate"]) for job in by_channel]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("channel:bills", 4),
        ("statuses:complete,error", 9),
        ("statuses:error", 1),
        ("mode:BATCH;statuses:complete;channel:statements", 4),
        ("startDateStart:2026-01-12", 7),
        ("startDateStart:2026-01-12;startDateEnd:2026-01-14", 2),
        ("endDateEnd:2026-01-11", 1),
        ("expiringDateStart:2026-04-20", 0),
        ("externalId:bills-00002", 1),
        ("flowModelTypes:ALERT", 0),
        ("", 9),
    ],
)
def test_job_filters(month, text, count) -> None:
    """A filter that lets too much or too little through moves the watermark over unread jobs."""
    assert month.get("jobs", filter=text)["page"]["totalElements"] == count


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "status:complete"},
        {"filter": "statuses"},
        {"filter": "startDateStart:2026-01-12T00:00:00Z"},
        {"filter": "startDateStart:20260112"},
        {"sort": "startDate"},
        {"sort": "asc_nothing"},
        {"offset": "-1"},
        {"count": "0"},
        {"fetchDeleted": "yes"},
    ],
)
def test_queries_that_cannot_be_understood(month, query) -> None:
    """A filter that is ignored in silence makes a client believe in a window that it never got."""
    reply = month.http.get("/orchestration/api/v1/runtime/claims/jobs", params=query)
    assert reply.status_code == 400
    assert reply.json()["errorCode"] == "INVALID_REQUEST"


def test_flow_instances_and_steps_by_parent(month) -> None:
    """Reading another job's steps would hang its letters under the wrong run."""
    for job in month.get("jobs")["data"]:
        instances = month.get("flow-instances", filter=f"jobId:{job['id']}")["data"]
        assert [instance["jobId"] for instance in instances] == [job["id"]]
        steps = month.get("flow-steps", filter=f"flowInstanceId:{instances[0]['id']}")["data"]
        assert len(steps) == (2 if job["status"] == "error" else 3)
    retrievable = month.get("flow-steps", filter="deliveryFileRetrievable:true")
    assert retrievable["page"]["totalElements"] == 9


def test_dates_in_both_forms(month) -> None:
    """The vendor's text says ISO and real replies say milliseconds: a client must take both."""
    (job,) = month.get("jobs", count=1, sort="asc_startDate")["data"]
    assert job["startDate"] == 1768086000000
    month.turn(iso_dates=True)
    (job,) = month.get("jobs", count=1, sort="asc_startDate")["data"]
    assert job["startDate"] == "2026-01-10T23:00:00.000Z"
    assert month.get("jobs", filter="startDateStart:2026-01-12")["page"]["totalElements"] == 7


def test_unknown_things_are_404(month) -> None:
    """A wrong domain or id must be told apart from an empty list."""
    none = "00000000-0000-4000-8000-000000000000"
    for path in (f"jobs/{none}", f"flow-instances/{none}", f"flow-steps/{none}/delivery-file"):
        reply = month.http.get(f"/orchestration/api/v1/runtime/claims/{path}")
        assert (reply.status_code, reply.json()["errorCode"]) == (404, "NOT_FOUND")
    assert month.http.get("/orchestration/api/v1/runtime/nowhere/jobs").status_code == 404
    assert month.get("jobs")["page"]["totalElements"] == 9
    other = month.http.get("/orchestration/api/v1/runtime/policies/jobs").json()
    assert other["page"]["totalElements"] == 0


def test_flow_model_snapshots(month) -> None:
    """Which flow model ran is part of the evidence of a run."""
    snapshots = month.get("flow-model-snapshots")["data"]
    assert [snapshot["name"] for snapshot in snapshots] == ["bills flow", "statements flow"]
    (instance,) = month.get("flow-instances", count=1)["data"]
    one = month.get(f"flow-model-snapshots/{instance['flowModelSnapshotId']}")["data"]
    assert one["dasId"] == instance["flowModelId"]


def test_faults_and_counts_come_from_the_sandbox(service) -> None:
    """Retry tests rest on the fault knob and rate figures on the counts."""
    service.turn(status=503, times=1, path="/jobs")
    url = "/orchestration/api/v1/runtime/claims/jobs"
    assert [service.http.get(url).status_code for _ in range(2)] == [503, 200]
    counts = service.http.get("/_sandbox/requests").json()["exstream"]
    assert counts["GET /orchestration/api/v1/runtime/{domain}/jobs"] == 1
