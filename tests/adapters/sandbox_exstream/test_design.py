"""Design: resources, states, contents, links, history, and what a run's collection says."""

from __future__ import annotations

import json

import pytest

from tests.adapters.sandbox_exstream.driver_lines import RUNTIME, communication

BASE = "/design/api/v1"
RESOURCES = f"{BASE}/resources/claims"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


def create(service, name, resource_type="image", content=PNG, **form):
    reply = service.http.post(
        f"{RESOURCES}/content",
        params={"name": name, "type": resource_type},
        files={"file": ("logo.png", content, "image/png")},
        data=form,
    )
    assert reply.status_code == 200, reply.text
    return reply.json()["data"]


def move(service, resource_id, *states, comment="", actor="designer"):
    reply = None
    for state in states:
        reply = service.http.put(
            f"{RESOURCES}/{resource_id}/state",
            json={"state": state, "auditedComment": comment, "locked": False},
            headers={"X-Sandbox-Actor": actor},
        )
    return reply


def replace(service, resource_id, content):
    return service.http.put(f"{RESOURCES}/{resource_id}/content", files={"file": ("x.png", content, "image/png")})


def test_the_vendors_write_back_sequence(service) -> None:
    """The correction of a template image walks exactly these states; a lenient repository would hide a wrong step."""
    image = create(service, "Logo", metadata=json.dumps({"originalSource": "cloudinary:brand/logo"}))
    assert (image["version"], image["state"], image["metadata"]) == (
        1,
        "DRAFT",
        {"originalSource": "cloudinary:brand/logo"},
    )
    move(service, image["id"], "REVIEW", "APPROVED", actor="c.officer")
    assert replace(service, image["id"], b"new").status_code == 409
    draft = move(service, image["id"], "DRAFT", comment="Correction 17").json()["data"]
    assert (draft["version"], draft["state"], draft["stateComment"]) == (2, "DRAFT", "Correction 17")
    service.clock.advance(60)
    changed = replace(service, image["id"], b"new bytes").json()["data"]
    assert changed["contentEtag"] != image["contentEtag"]
    assert changed["lastModifiedDate"] == 1768032060000
    assert move(service, image["id"], "REVIEW").json()["data"]["state"] == "REVIEW"
    url = f"{RESOURCES}/{image['id']}"
    assert service.http.get(url).json()["data"]["version"] == 2
    assert service.http.get(url, params={"version": 1}).json()["data"]["state"] == "APPROVED"
    assert service.http.get(f"{url}/content").content == b"new bytes"
    assert service.http.get(f"{url}/content", params={"version": 1}).content == PNG
    assert service.http.get(f"{url}/content/CONTENT").headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    ("path", "state", "status"),
    [
        ((), "APPROVED", 409),
        (("REVIEW", "APPROVED"), "REVIEW", 409),
        (("REVIEW",), "REJECTED", 200),
        (("REVIEW", "REJECTED"), "APPROVED", 409),
        ((), "LOST", 409),
        ((), None, 400),
    ],
)
def test_state_transitions(service, path, state, status) -> None:
    """An approval without review is a live change to customers' letters that nobody looked at."""
    image = create(service, "Logo")
    move(service, image["id"], *path)
    assert move(service, image["id"], state).status_code == status


def test_a_locked_resource_is_its_owners(service) -> None:
    """A repository that lets anybody write over a lock would hide a sender that does not look at it."""
    image = create(service, "Logo")
    state = f"{RESOURCES}/{image['id']}/state"
    lock = {"state": "REVIEW", "auditedComment": "", "locked": True}
    service.http.put(state, json=lock, headers={"X-Sandbox-Actor": "y.lund"}).raise_for_status()
    refused = move(service, image["id"], "DRAFT", actor="x.tanaka")
    assert (refused.status_code, "locked by y.lund" in refused.text) == (409, True)
    assert move(service, image["id"], "DRAFT", actor="y.lund").status_code == 200
    assert replace(service, image["id"], b"new").status_code == 200, "the lock went with its owner's step"


def test_history_tells_who_did_what(service) -> None:
    """The design-time audit trail is evidence for when an image was approved, and by whom."""
    image = create(service, "Logo")
    move(service, image["id"], "REVIEW", "APPROVED", comment="Campaign 12", actor="c.officer")
    move(service, image["id"], "DRAFT")
    history = service.http.get(f"{RESOURCES}/history/{image['id']}").json()["data"]
    told = [(row["version"], row["revision"], row["operation"], row["historyType"], row["state"]) for row in history]
    assert told == [
        (1, 1, "INSERT", "CREATE", "DRAFT"),
        (1, 2, "UPDATE", "CONTENT", "DRAFT"),
        (1, 3, "UPDATE", "STATE", "REVIEW"),
        (1, 4, "UPDATE", "STATE", "APPROVED"),
        (2, 1, "UPDATE", "STATE", "DRAFT"),
    ]
    assert (history[3]["modifiedBy"], history[3]["auditedComment"]) == ("c.officer", "Campaign 12")


def test_resource_lists(service) -> None:
    """A list without versions or states cannot tell the approved image from the draft."""
    logo, hero = create(service, "Logo"), create(service, "Hero")
    move(service, logo["id"], "REVIEW", "APPROVED", "DRAFT")

    def listed(**query):
        data = service.http.get(RESOURCES, params={"sort": "asc_name", **query}).json()["data"]
        return [(row["name"], row["version"], row["state"]) for row in data]

    assert listed() == [("Hero", 1, "DRAFT"), ("Logo", 2, "DRAFT")]
    every = [("Hero", 1, "DRAFT"), ("Logo", 1, "APPROVED"), ("Logo", 2, "DRAFT")]
    assert listed(**{"filter.latestVersion": "false"}) == listed(filter="latestVersion:false") == every
    assert listed(**{"filter.states": "APPROVED"}) == [("Logo", 1, "APPROVED")]
    assert listed(**{"filter.latestVersion": "true"}) == [("Hero", 1, "DRAFT"), ("Logo", 2, "DRAFT")]
    assert listed(filter=f"ids:{hero['id']}") == [("Hero", 1, "DRAFT")]
    assert listed(**{"filter.types": "font"}) == []


def test_refused_resources(service) -> None:
    """A resource that exists twice, or of no known type, would make the links ambiguous."""
    create(service, "Logo")
    for query, status in (
        ({"name": "Logo", "type": "image"}, 409),
        ({"name": "X", "type": "picture"}, 400),
        ({"type": "image"}, 400),
    ):
        files = {"file": ("x.png", PNG, "image/png")}
        assert service.http.post(f"{RESOURCES}/content", params=query, files=files).status_code == status
    assert service.http.post(f"{RESOURCES}/content", params={"name": "Y", "type": "image"}).status_code == 400
    assert service.http.get(f"{RESOURCES}/none").status_code == 404


def test_a_runs_collection_names_templates_and_their_images(service) -> None:
    """What resources a run used is the evidence for images that are not in the driver data."""
    image = create(service, "Logo", metadata=json.dumps({"cloudinary_public_id": "brand/logo"}))
    move(service, image["id"], "REVIEW", "APPROVED", actor="c.officer")
    page = json.dumps({"m_pDbBitmap": {"m_strCASId": image["id"], "m_strAltText": "Logo"}}).encode()
    template = create(service, "TPL-STATEMENT", "exstrcommunicationset", page)
    move(service, template["id"], "REVIEW", "APPROVED")
    link = {"linkSubjectId": template["id"], "subjectVersion": 1, "linkObjectId": image["id"]}
    by_object = service.http.get(f"{BASE}/links/claims", params={"linkObjectId": image["id"]})
    assert by_object.json()["data"] == [link]
    linked = service.http.get(f"{BASE}/links/claims/resources", params={"linkSubjectId": template["id"]})
    assert [row["name"] for row in linked.json()["data"]] == ["Logo"]

    instance = service.run_batch(
        [communication(1, template_version="1"), communication(2, template_id="TPL-BILL", template_version="v7")]
    )
    ids = service.get(f"flow-instances/{instance['id']}/collection-resources")["data"]
    engine = service.engine_step(instance["id"])["id"]
    assert service.get(f"flow-steps/{engine}/collection-resources")["data"] == ids
    url = f"{BASE}/collection-resources/collection-details"
    rows = service.http.post(url, json=ids).json()
    assert [(row["name"], row["version"], row["type"], row["state"]) for row in rows["data"]] == [
        ("Logo", 1, "image", "APPROVED"),
        ("TPL-BILL", 7, "exstrcommunicationset", "APPROVED"),
        ("TPL-STATEMENT", 1, "exstrcommunicationset", "APPROVED"),
    ]
    assert rows["page"]["totalElements"] == 3
    assert rows["data"][0]["approvedBy"] == "c.officer"
    assert rows["data"][0]["metadata"] == {"cloudinary_public_id": "brand/logo"}
    assert not any("collection" in name.lower() for name in rows["data"][0])
    images = service.http.post(url, json=ids, params={"types": "image", "count": 1}).json()["data"]
    assert [row["id"] for row in images] == [image["id"]]
    assert service.http.post(url, json={"ids": ids}).status_code == 400
    assert service.http.post(url, json=["none"]).json()["data"] == []


def test_a_collection_keeps_the_versions_of_its_run(service) -> None:
    """A run's evidence must not move when the template's image is corrected afterwards."""
    image = create(service, "Logo")
    move(service, image["id"], "REVIEW", "APPROVED")
    page = json.dumps({"m_strCASId": image["id"]}).encode()
    create(service, "TPL-STATEMENT", "exstrcommunicationset", page)
    before = service.run_batch([communication(1, template_version="1")])
    move(service, image["id"], "DRAFT", "REVIEW", "APPROVED")
    after = service.run_batch([communication(2, template_version="1")])

    def image_version(instance):
        ids = service.http.get(f"{RUNTIME}/flow-instances/{instance['id']}/collection-resources").json()["data"]
        url = f"{BASE}/collection-resources/collection-details"
        (row,) = service.http.post(url, json=ids, params={"types": "image"}).json()["data"]
        return row["version"]

    assert (image_version(before), image_version(after)) == (1, 2)
