"""Batch input and the files that a run leaves behind, over REST and in the output folder."""

from __future__ import annotations

import base64
import json
import re
import time
from pathlib import Path
from uuid import UUID

import defusedxml.ElementTree
import pytest

from tests.adapters.sandbox_exstream.driver_lines import communication

REPORT = "artifact/AssetUseReport.jsonl"
MESSAGE = re.compile(r"^(?:\d\d/\d\d/\d{4} \d\d:\d\d:\d\d )?EX\d{6}[IWES] \(\d+\) .+$")


def output_folder(service, instance) -> Path:
    parent = service.folder / "exstream-output" / "claims" / "jobs" / instance["jobId"] / instance["id"]
    (docgen,) = (parent / "docgen").iterdir()
    return docgen / "output"


def test_a_batch_becomes_a_complete_job(service) -> None:
    """The walk job → instance → step is how the product finds every file."""
    instance = service.run_batch([communication(1), communication(2)])
    assert instance["status"] == "started"
    assert instance["endDate"] is None
    job = service.get(f"jobs/{instance['jobId']}")["data"]
    assert {name: job[name] for name in ("status", "mode", "channel", "domainId", "flowModelType")} == {
        "status": "complete",
        "mode": "BATCH",
        "channel": "statements",
        "domainId": "claims",
        "flowModelType": "COMMUNICATION",
    }
    assert job["startDate"] == 1768032000000
    assert 0 < job["endDate"] - job["startDate"] < 1000
    UUID(job["id"])
    steps = service.get("flow-steps", filter=f"flowInstanceId:{instance['id']}", sort="asc_startDate")["data"]
    assert [step["stepType"] for step in steps] == ["input", "communication", "output"]
    assert [step["deliveryFileRetrievable"] for step in steps] == [False, True, False]
    assert service.get(f"flow-instances/{instance['id']}")["data"]["status"] == "complete"
    assert service.get(f"flow-steps/{steps[1]['id']}")["data"]["previousStepId"] == steps[0]["id"]


def test_the_delivery_file_names_every_output(service) -> None:
    """An output missing in the manifest would be a letter that nobody can prove; bytes are as documented."""
    lines = [communication(1), communication(2, account_number="4711 <&> 'ü\""), communication(3)]
    instance = service.run_batch(lines)
    step = service.engine_step(instance["id"])
    reply = service.file(step["id"], "delivery-file")
    assert reply.content[:2] == b"\xff\xfe"
    text = reply.content.decode("utf-16")
    assert text.startswith('<?xml version="1.0" encoding="UTF-16" standalone="no"?>\n<!DOCTYPE outputList>\n')
    root = defusedxml.ElementTree.fromstring(reply.content)
    assert root.attrib == {"transactions": "0", "customersProcessed": "3", "pagesProcessed": "9"}
    queues = {queue.get("name"): queue for queue in root.iter("queue")}
    assert set(queues) == {"archive", "email"}
    assert (queues["email"].get("mimeType"), queues["email"].get("pdl")) == ("text/html", "HTML")
    run_path = output_folder(service, instance).relative_to(service.folder / "exstream-output")
    folder = f"/mnt/exstream/{run_path}"
    for name, queue in queues.items():
        files = queue.findall("file")
        assert [int(file.find("customer").get("number")) for file in files] == [1, 2, 3]
        for line, file in zip(lines, files, strict=True):
            keys = {key.get("name"): key.text for key in file.find("customer").iter("key")}
            assert keys["AccountNumber"] == line["account_number"]
            assert keys["CommunicationId"] == line["communication_id"]
            assert keys["QueuesToCustomer"] == "2"
            assert keys["TotalPagesInDocument"] == file.findtext("pageCount")
            assert int(file.findtext("fileSize")) > 0
            assert re.fullmatch(rf"{re.escape(folder)}/Queue_\d+_{name}/\S+", file.get("name"))
    report = root.find("queue/reportFile")
    assert report.get("dataFile") == f"{folder}/Report_1_AssetUse/AssetUseReport.jsonl"
    assert len(report.findall("customer")) == 3
    files = service.get(f"flow-steps/{step['id']}/delivery-file/output-files", count=4)
    assert files["page"]["totalElements"] == 6
    assert len(files["data"]) == 4


def test_the_asset_use_report_states_the_driver_data(service) -> None:
    """The report is the only record of uses: a lost field is lost evidence; the account number is not its."""
    without_time = communication(2)
    del without_time["generated_at"]
    lines = [communication(1), without_time]
    instance = service.run_batch(lines)
    reply = service.file(service.engine_step(instance["id"])["id"], REPORT)
    reported = [json.loads(line) for line in reply.text.splitlines()]
    expected = [{name: value for name, value in line.items() if name != "account_number"} for line in lines]
    expected[1]["generated_at"] = "2026-01-10T08:00:00Z"
    for line in expected:
        line["flow_instance_id"] = instance["id"]
    assert reported == expected
    assert "4711-" not in reply.text


def test_the_output_folder_holds_the_same_bytes(service) -> None:
    """Drop-folder and REST ingest of one run must land the same rows; a half-written folder must not show."""
    instance = service.run_batch([communication(1)])
    folder = output_folder(service, instance)
    step = service.engine_step(instance["id"])["id"]
    for name, path in (
        ("delivery-file", "_STDDELIVERYFILE.xml"),
        ("message-file", "ExstreamMessages.dat"),
        (REPORT, "Report_1_AssetUse/AssetUseReport.jsonl"),
    ):
        assert (folder / path).read_bytes() == service.file(step, name).content
    assert list((service.folder / "exstream" / "partial").iterdir()) == []


def test_the_message_file_follows_the_documented_pattern(service) -> None:
    """A file in another form would let the parser of the real form go untested; times are off by default."""
    unfilled = communication(1)
    unfilled["renderings"][0]["uses"][0]["asset_reference"] = None
    instance = service.run_batch([unfilled, communication(2)])
    lines = service.file(service.engine_step(instance["id"])["id"], "message-file").text.splitlines()
    messages = [line for line in lines if not line.startswith(" ")]
    assert all(MESSAGE.match(line) for line in messages)
    assert not any(line[0].isdigit() for line in messages)
    assert any("(image1)" in line and line.startswith("EX003004W (1)") for line in messages)
    assert any(line.startswith("    customer 1, account 4711-000001") for line in lines)

    service.turn(timestamp_messages=True)
    instance = service.run_batch([communication(3)])
    timed = service.file(service.engine_step(instance["id"])["id"], "message-file").text.splitlines()
    assert timed[0].startswith("01/10/2026 08:00:00 EX000101I (1) ")


def test_the_engine_may_run_with_a_clock_that_is_ahead(service) -> None:
    """A stand-in whose engine has the same clock as every other vendor would hide what a wrong one does to verdicts."""
    service.turn(clock_ahead_seconds=600, timestamp_messages=True)
    instance = service.run_batch([communication(1)])
    assert service.get(f"jobs/{instance['jobId']}")["data"]["startDate"] == 1768032000000 + 600_000
    told = service.file(service.engine_step(instance["id"])["id"], "message-file").text
    assert told.startswith("01/10/2026 08:10:00 EX000101I (1) ")
    service.turn(clock_ahead_seconds=0)
    later = service.run_batch([communication(2)])
    assert service.get(f"jobs/{later['jobId']}")["data"]["startDate"] == 1768032000000


def test_only_the_communication_step_has_files(service) -> None:
    """Files under every step would be read three times."""
    instance = service.run_batch([communication(1)])
    for step in service.get("flow-steps", filter=f"flowInstanceId:{instance['id']};stepTypes:input,output")["data"]:
        for name in ("delivery-file", "message-file", REPORT):
            assert service.file(step["id"], name).status_code == 404
    engine = service.engine_step(instance["id"])
    assert service.file(engine["id"], "artifact/..%2F_STDDELIVERYFILE.xml").status_code == 404
    assert service.file(engine["id"], "artifact/Other.csv").status_code == 404
    driver = service.http.get(f"/orchestration/api/v1/runtime/claims/flow-instances/{instance['id']}/input")
    assert json.loads(driver.text) == communication(1)


def test_identifiers_are_the_same_in_every_sandbox(service) -> None:
    """Content hashes of two demos with one seed can only agree when the vendor's ids do."""
    first = service.run_batch([communication(1)])
    second = service.run_batch([communication(2)])
    other = service.run_batch([communication(3)], channel="bills")
    assert first["jobId"] == "0de3de65-da31-5723-adcf-83e56810ea1c"
    assert len({run["jobId"] for run in (first, second, other)}) == 3


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "no communication"),
        (b"{]", "line 1: is not JSON"),
        (b"[]", "line 1: is not a JSON object"),
        (json.dumps(communication(1, account_number=None)).encode(), "account_number"),
        (json.dumps(communication(1, generated_at="2026-01-10 08:00")).encode(), "generated_at"),
        (json.dumps(communication(1, renderings=[])).encode(), "renderings"),
        ((json.dumps(communication(1)) + "\n\n" + json.dumps(communication(1))).encode(), "line 3"),
        (json.dumps(communication(1)).replace("live_url", "magic").encode(), "binding"),
        (json.dumps(communication(1)).replace('"archive"', '"../up"').encode(), "queue_name"),
    ],
)
def test_bad_driver_data_makes_no_job(service, body, problem) -> None:
    """A scenario bug must be told at its line, and must not leave half a batch behind."""
    reply = service.http.post("/orchestration/api/v1/inputs/batch/claims/statements", content=body)
    assert reply.status_code == 400
    assert problem in reply.json()["message"]
    assert service.get("jobs")["page"]["totalElements"] == 0


def test_a_failed_run_leaves_half_written_files(service) -> None:
    """The product must quarantine what a crashed engine left, not read it as complete."""
    whole = service.run_batch([communication(1), communication(2)])
    failed = service.run_batch([communication(1), communication(2)], **{"X-Sandbox-Outcome": "error"})
    job = service.get(f"jobs/{failed['jobId']}")["data"]
    assert (job["status"], bool(job["msg"])) == ("error", True)
    step = service.engine_step(failed["id"])
    assert step["status"] == "error"
    content = service.file(step["id"], "delivery-file").content
    assert "</outputList>" not in content.decode("utf-16")
    whole_content = service.file(service.engine_step(whole["id"])["id"], "delivery-file").content
    assert len(content) == pytest.approx(len(whole_content) / 2, rel=0.01)
    assert (output_folder(service, failed) / "_STDDELIVERYFILE.xml").read_bytes() == content
    assert "EX000901S (1)" in service.file(step["id"], "message-file").text


def test_a_corrupt_delivery_file_can_heal(service) -> None:
    """A fault that goes away lets a test see that the held batch lands in full afterwards."""
    instance = service.run_batch([communication(1)])
    step = service.engine_step(instance["id"])["id"]
    whole = service.file(step, "delivery-file").content
    service.turn(corrupt_delivery_file=True)
    assert service.file(step, "delivery-file").content == whole[: len(whole) // 4 * 2]
    written_cut = service.run_batch([communication(2)])
    service.turn(reset=True)
    assert service.file(step, "delivery-file").content == whole
    cut = service.file(service.engine_step(written_cut["id"])["id"], "delivery-file").content
    assert "</outputList>" not in cut.decode("utf-16")


def test_expired_files_are_gone_but_jobs_stay(service) -> None:
    """A late pull meets records without files: a gap to be recorded, not an error."""
    instance = service.run_batch([communication(1)])
    service.turn(expired_files=True)
    step = service.engine_step(instance["id"])
    assert step["deliveryFileRetrievable"] is True
    assert service.engine_step(instance["id"], checkArtifacts="true")["deliveryFileRetrievable"] is False
    for name in ("delivery-file", "message-file", REPORT):
        assert service.file(step["id"], name).status_code == 404
    assert service.get("jobs")["page"]["totalElements"] == 1


def test_a_running_job_has_no_files_yet(service) -> None:
    """A job that is read once while it runs and never again would lose its communications."""
    instance = service.run_batch([communication(1)])
    service.turn(jobs_running=True)
    job = service.get(f"jobs/{instance['jobId']}")["data"]
    assert (job["status"], job["endDate"]) == ("started", None)
    assert service.get("jobs", filter="statuses:started")["page"]["totalElements"] == 1
    step = service.engine_step(instance["id"])
    assert (step["status"], step["deliveryFileRetrievable"]) == ("started", False)
    assert service.file(step["id"], "delivery-file").status_code == 404
    service.turn(jobs_running=False)
    assert service.get(f"jobs/{instance['jobId']}")["data"]["status"] == "complete"


def test_a_deleted_job_is_only_listed_as_deleted(service) -> None:
    """Retention removes jobs at the vendor; a warehouse must not read that as never having been."""
    kept, gone = service.run_batch([communication(1)]), service.run_batch([communication(2)])
    step = service.engine_step(gone["id"])["id"]
    url = f"/orchestration/api/v1/runtime/claims/jobs/{gone['jobId']}"
    assert service.http.delete(url).status_code == 200
    assert [job["id"] for job in service.get("jobs")["data"]] == [kept["jobId"]]
    deleted = service.get("jobs", fetchDeleted="true")["data"]
    assert [(job["id"], job["status"]) for job in deleted] == [(gone["jobId"], "deleted")]
    assert service.file(step, "delivery-file").status_code == 404
    assert not (service.folder / "exstream-output" / "claims" / "jobs" / gone["jobId"]).exists()


def test_an_on_demand_call_returns_its_document(service) -> None:
    """One letter on demand is a job like any other, and its document comes back at once."""
    url = "/orchestration/api/v1/inputs/ondemand/claims/generate"
    headers = {"communicationId": "COMM-0000007"}
    reply = service.http.post(url, content=json.dumps(communication(7)), headers=headers).json()
    assert [item["engineOutputContext"]["queueName"] for item in reply["data"]] == ["archive", "email"]
    assert "header.jpg?a=1&amp;b=2" in base64.b64decode(reply["data"][1]["content"]).decode()
    (job,) = service.get("jobs", filter="mode:ONDEMAND")["data"]
    assert job["status"] == "complete"
    wrong = service.http.post(url, content=json.dumps(communication(7)), headers={"communicationId": "X"})
    assert wrong.status_code == 400


def test_a_restarted_service_goes_on(service) -> None:
    """A vendor that forgets on restart would look like a mass deletion."""
    from sandbox.exstream.composition import RunIds
    from sandbox.exstream.state import ExstreamState

    instance = service.run_batch([communication(1)])
    again = ExstreamState.create(service.folder, service.clock)
    run = again.runtime.run_of_instance("claims", instance["id"])
    assert run.job["id"] == instance["jobId"]
    assert again.runtime.next_order("claims", "statements") == 2
    assert run.resources == ((str(next(iter(again.design.resources))), 3),)
    assert RunIds.of("claims", "statements", 1).job == instance["jobId"]


def test_a_thousand_communications_take_no_second(service) -> None:
    """The demo composes 20,000 communications inside its five minutes; a slow engine would eat them."""
    lines = [communication(number) for number in range(1000)]
    begun = time.perf_counter()
    service.run_batch(lines)
    assert time.perf_counter() - begun < 2.5, "usually 0.2 s"
