"""Each vendor's refused records are read again by its own readers: what could not be read before lands, once."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest

from assettrail.errors import RecordRejected
from assettrail.settings import Settings
from assettrail.trading_grid_settings import TradingGridSettings
from ingest.exstream.walk import member_address
from ingest.extract import Claim, Extract
from ingest.landed_files import landed_file
from ingest.landing import LandedBatch, land
from ingest.landing_store import LandingStore
from ingest.quarantine import list_quarantine
from ingest.quarantine_readers import reader_of
from ingest.quarantine_replay import Replayed, replay
from ingest.reading import Reading
from ingest.schema import stream_schema
from ingest.strict import canonical_json, sha256_hex
from ingest.trading_grid.drop_source import LocalFolder
from ingest.trading_grid.opening import open_drops
from tests.unit.ingest.test_x12 import SET_997, envelope
from tests.unit.landing.stores import NOON, accept, extract_of, open_store, settings_in

SOME = RecordRejected("to read", "something of an older reader", "what is read today", "replay it")
IMAGE = "033ab0b3-68a2-4171-89a5-d8beedef6276"
AT = "2026-01-05T10:00:00Z"
DETAIL = {
    "asset_id": "a1",
    "public_id": "p",
    "resource_type": "image",
    "type": "upload",
    "version": 1767600000,
    "created_at": AT,
    "derived": [{"id": "d2", "transformation": "w_2"}, {"id": "d1", "transformation": "w_1"}],
    "versions": [{"version_id": "v1", "size": "12"}],
}
PRESETS = {"presets": [{"name": "one", "unsigned": False, "settings": {"tags": "a"}}, {"name": "two"}]}
LISTED = {"transformations": [{"name": "w_1", "named": False, "used": True}, {"name": "t_x", "named": True}]}
DEFINED = {"name": "t_x", "allowed_for_strict": True, "used": True, "info": [{"width": 1}], "derived": []}
LINKS = {"data": [{"linkSubjectId": "s", "subjectVersion": 1, "linkObjectId": "o"}], "page": {"totalElements": 1}}
CHANGE = {"id": "x", "version": 1, "historyType": "STATE", "operation": "UPDATE", "modifiedDate": 1663869795837}
PAGE = {"id": "r", "type": "exstrpage", "version": 1, "name": "n"}
DESIGN = "https://design.test/design/api/v1"


def refused(store: LandingStore, name: str, body: object, part: object, *uris: str) -> LandedBatch:
    """Land a batch that refused one part of one answer, which came from each of the addresses."""
    system, _, stream = name.partition("/")
    data = body if isinstance(body, bytes) else canonical_json(body).encode()
    reading = Reading()
    for uri in uris or ("cloudinary://c/x",):
        excerpt = part if isinstance(part, bytes) else canonical_json(part).encode()
        reading.refuse(SOME, uri, store.put_raw(data), 0, excerpt)
    claim = Claim(None, NOON, complete=False, how="unknown", detail="1 refused")
    return land(store, stream_schema(system, stream), Extract([], reading.quarantined, claim, None), accept)


def replayed(store: LandingStore, settings: Settings) -> list[Replayed]:
    return replay(store, list_quarantine(store, store.ledger), reader_of(settings, store), accept)


def rows(store: LandingStore, name: str) -> list[dict[str, object]]:
    system, _, stream = name.partition("/")
    store.ledger.refresh()
    paths = [landed_file(store, batch) for batch in store.ledger.of_stream(system, stream)]
    return [row for path in paths if path is not None for row in pl.read_parquet(path).iter_rows(named=True)]


@pytest.mark.parametrize(
    ("name", "body", "part", "uri", "landed"),
    [
        ("cloudinary/asset_details", DETAIL, DETAIL, "cloudinary://c/resources/a1", {"asset_id": "a1"}),
        ("cloudinary/upload_presets", PRESETS, PRESETS["presets"][0], "cloudinary://c/upload_presets", {"name": "one"}),
        ("cloudinary/transformations", LISTED, LISTED["transformations"][0], "cloudinary://c/t", {"name": "w_1"}),
        ("cloudinary/transformations", DEFINED, {"name": "t_x", "named": True}, "cloudinary://c/t", {"is_named": True}),
        ("cloudinary/usage", {"last_updated": "2026-01-05", "plan": "x"}, {"last_updated": "2026-01-05", "plan": "x"},
         "cloudinary://c/usage", {"plan": "x"}),
        ("cloudinary/product_environment", {"cloud_name": "c", "settings": {"folder_mode": "fixed"}},
         {"cloud_name": "c", "settings": {"folder_mode": "fixed"}}, "cloudinary://c/config", {"folder_mode": "fixed"}),
        ("exstream/design_links", LINKS, LINKS["data"][0], f"{DESIGN}/links/our%20domain?linkSubjectId=s",
         {"domain": "our domain", "object_id": "o"}),
        ("exstream/resource_history", {"data": [CHANGE]}, CHANGE, f"{DESIGN}/resources/d/history/res-1",
         {"domain": "d", "resource_id": "res-1"}),
        ("exstream/resources", {"data": [PAGE]}, PAGE, f"{DESIGN}/resources/d?offset=0", {"domain": "d", "name": "n"}),
        ("exstream/resource_references", {"data": [PAGE]}, PAGE,
         member_address(f"{DESIGN}/collection-resources/collection-details?offset=0", ("our domain", "f/1", "c#1")),
         {"domain": "our domain", "flow_instance_id": "f/1", "collection_id": "c#1", "resource_id": "r"}),
    ],
)  # fmt: skip
def test_an_answer_that_can_be_read_now_lands_once(
    name: str, body: object, part: object, uri: str, landed: Mapping[str, object], tmp_path: Path
) -> None:
    """What the vendor does not give again before it changes would be missing until then."""
    store, settings = open_store(tmp_path), settings_in(tmp_path)
    refused(store, name, body, part, uri)
    (done,) = replayed(store, settings)
    assert (done.readable, done.unreadable, done.why_not) == (1, 0, None)
    (row,) = rows(store, name)
    assert landed.items() <= row.items()
    assert replayed(store, settings) == []


def test_a_detail_comes_back_with_its_derived_files_and_backups_or_not_at_all(tmp_path: Path) -> None:
    """A detail without a part of its derived files would say that those had been deleted."""
    store, settings = open_store(tmp_path), settings_in(tmp_path)
    refused(store, "cloudinary/asset_details", DETAIL, DETAIL)
    cut = {**DETAIL, "asset_id": "a2", "derived_next_cursor": "more"}
    refused(store, "cloudinary/asset_details", cut, cut)
    whole, part = replayed(store, settings)
    assert (whole.readable, part.readable) == (1, 0)
    assert "several answers" in str(part.why_not)
    (row,) = rows(store, "cloudinary/asset_details")
    assert [item["id"] for item in json.loads(str(row["derived"]))] == ["d1", "d2"]
    assert json.loads(str(row["backup_versions"])) == DETAIL["versions"]


def test_of_two_refused_descriptions_the_newer_one_stays_the_newest(tmp_path: Path) -> None:
    """A replay of an old record, just landed, must not count as news about a record that was refused later."""
    store, settings = open_store(tmp_path), settings_in(tmp_path)
    for plan in ("old", "new"):
        body = {"last_updated": "2026-01-05", "plan": plan}
        refused(store, "cloudinary/usage", body, body)
    assert [done.landed.rows for done in replayed(store, settings) if done.landed] == [1, 1]
    assert [row["plan"] for row in rows(store, "cloudinary/usage")] == ["old", "new"]


def test_an_image_of_design_waits_for_its_content(tmp_path: Path) -> None:
    """Landed without the hash of its bytes it would look like an image without content, and lose its asset."""
    store, settings = open_store(tmp_path), settings_in(tmp_path)
    image = {"id": IMAGE, "type": "image", "version": 2, "name": "hero"}
    refused(store, "exstream/resources", {"data": [image, PAGE]}, image, f"{DESIGN}/resources/d")
    (done,) = replayed(store, settings)
    assert (done.readable, done.landed) == (0, None)
    assert "content is not kept" in str(done.why_not)
    row = {"domain": "d", "resource_id": IMAGE, "version": 2, "resource_type": "image", "content_md5": "5d"}
    land(store, stream_schema("exstream", "resources"), extract_of([row]), accept)
    (done,) = replayed(store, settings)
    assert (done.readable, len(rows(store, "exstream/resources"))) == (1, 1)


def _messages_at(instance: str) -> str:
    return f"file:///drop/claims/jobs/J/{instance}/docgen/of-{instance}/output/ExstreamMessages.dat"


def _members_of(instance: str) -> str:
    address = f"{DESIGN}/collection-resources/collection-details?offset=0"
    return member_address(address, ("claims", instance, f"of-{instance}"))


@pytest.mark.parametrize(
    ("name", "body", "part", "at"),
    [
        ("exstream/engine_messages", b"EX000101I begins\nEX000102I ends\n", b"EX000102I ends", _messages_at),
        ("exstream/resource_references", {"data": [PAGE]}, PAGE, _members_of),
    ],
)
@pytest.mark.parametrize("batches", [1, 2])
def test_equal_bytes_of_two_runs_come_back_for_both(
    name: str, body: object, part: object, at: Callable[[str], str], batches: int, tmp_path: Path
) -> None:
    """Nothing in the bytes says of which run they are: one entry for both gave the rows of one of them only."""
    store, settings = open_store(tmp_path), settings_in(tmp_path)
    places = [[at("f1"), at("f2")]] if batches == 1 else [[at("f1")], [at("f2")]]
    for uris in places * 2:  # What is met a second time is no new record.
        refused(store, name, body, part, *uris)
    assert [record.source_uri for record in list_quarantine(store, store.ledger)] == [at("f1"), at("f2")]
    assert sum(done.readable for done in replayed(store, settings)) == 2
    landed = rows(store, name)
    of_run = {instance: [row for row in landed if row["flow_instance_id"] == instance] for instance in ("f1", "f2")}
    assert len(of_run["f1"]) == len(of_run["f2"]) == len(landed) / 2 > 0
    assert {row["_source_uri"] for row in of_run["f2"]} == {at("f2")}
    assert replayed(store, settings) == []


def test_a_package_is_read_again_for_the_domain_that_it_landed_in(tmp_path: Path) -> None:
    """Packages do not name their domain: a guess would give one customer's templates to another."""
    store, settings = open_store(tmp_path), settings_in(tmp_path)
    uri = "file:///drop/p.zip!/links/links.json"
    links = [{"linkSubjectId": "s", "subjectVersion": 1, "linkObjectId": str(number)} for number in range(2)]
    refused(store, "exstream/design_links", links, links[0], uri)
    (done,) = replayed(store, settings)
    assert (done.readable, "--package" in str(done.why_not)) == (0, True)
    reading = Reading()
    row = {"domain": "claims", "subject_id": "s", "subject_version": 1, "object_id": "1"}
    reading.add([row], uri, sha256_hex(b""))
    claim = extract_of([]).claim
    land(store, stream_schema("exstream", "design_links"), Extract(reading.rows, [], claim, None), accept)
    (done,) = replayed(store, settings)
    assert done.readable == 1
    assert {(row["domain"], row["object_id"]) for row in rows(store, "exstream/design_links")} == {
        ("claims", "0"),
        ("claims", "1"),
    }


COMMUNITIES = """
system = "trading_grid"
stream = "communities"
files = "com*"
format = "csv"
[columns]
community_id = "{id}"
name = "name"
"""
IMAGES = """
system = "trading_grid"
stream = "catalogue_images"
files = "img*"
format = "csv"
[columns]
action = "ACTION"
{item}
file_name = "FILE"
file_type = "TYPE"
image_type = "IMAGE"
purpose = "PURPOSE"
orientation = "ORIENTATION"
location_type = "LOCATION"
"""
HEADER = "ACTION,ITEM,FILE,TYPE,IMAGE,PURPOSE,ORIENTATION,LOCATION\n"
IMAGE_ROW = "Insert,4006381333931,a.jpg,JPG,SI,INT,F,ACL\n"


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def with_mapping(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return settings_in(tmp_path).model_copy(update={"trading_grid": TradingGridSettings(drops=(path,))})


def drop_landed(store: LandingStore, settings: Settings, folder: Path, stream: str) -> LandedBatch:
    source = open_drops(settings, store, LocalFolder(folder, pause=lambda _: None))
    return land(store, stream_schema("trading_grid", stream), source.extract(stream, None), accept)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_dropped_file_that_a_wrong_mapping_refused_lands_after_a_fix(
    pack: Callable[[bytes], bytes], tmp_path: Path, drop: Path
) -> None:
    """The sender's file is gone by then: only its sealed bytes are left. What is still wrong stays in quarantine."""
    store = open_store(tmp_path)
    (drop / "com 1.csv").write_bytes(pack(b"key,name\n1,one\n2,\n3,three\n"))
    drop_landed(store, with_mapping(tmp_path, COMMUNITIES.format(id="number")), drop, "communities")
    assert [record.offset for record in list_quarantine(store, store.ledger)] == [0]
    (done,) = replayed(store, with_mapping(tmp_path, COMMUNITIES.format(id="key")))
    assert (done.readable, [row["name"] for row in rows(store, "trading_grid/communities")]) == (1, ["one", "three"])
    states = sorted(record.state for record in list_quarantine(store, store.ledger))
    assert states == ["open", "replayed"], "the second line has no name, and nobody was told"


def test_rows_of_a_file_that_landed_before_do_not_come_back_with_its_refused_line(
    tmp_path: Path, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole file is read again: an old description in it must not overwrite what a later file has told."""
    store = open_store(tmp_path)
    settings = with_mapping(tmp_path, COMMUNITIES.format(id="k"))
    (drop / "com1.csv").write_text("k,name\n1,old\n2,two\n3,three\n")
    with monkeypatch.context() as patch:
        patch.setattr("ingest.trading_grid.drop_records.LONGEST_LINE", 6)
        drop_landed(store, settings, drop, "communities")
    assert [row["name"] for row in rows(store, "trading_grid/communities")] == ["old", "two"]
    (drop / "com1.csv").unlink()
    (drop / "com2.csv").write_text("k,name\n1,new\n")
    drop_landed(store, settings, drop, "communities")
    (done,) = replayed(store, settings)
    assert done.readable == 1
    assert [row["name"] for row in rows(store, "trading_grid/communities")] == ["old", "two", "new", "three"]


def test_catalogue_images_are_read_by_a_corrected_header(tmp_path: Path, drop: Path) -> None:
    """The image columns' names are the customer's own, so that the first mapping is often wrong."""
    store = open_store(tmp_path)
    (drop / "img.csv").write_text(HEADER + IMAGE_ROW)
    drop_landed(store, with_mapping(tmp_path, IMAGES.format(item='product = "ITEMS"')), drop, "catalogue_images")
    (done,) = replayed(store, with_mapping(tmp_path, IMAGES.format(item='gtin = "ITEM"')))
    assert done.readable == 1
    assert [row["gtin"] for row in rows(store, "trading_grid/catalogue_images")] == ["4006381333931"]


def test_x12_sets_that_can_be_read_now_land_beside_those_that_landed(
    tmp_path: Path, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An acknowledgement that is lost is a partner who never answered."""
    zones = TradingGridSettings(partner_zones={"01:123456789": "America/New_York"})
    store, settings = open_store(tmp_path), settings_in(tmp_path).model_copy(update={"trading_grid": zones})
    (drop / "answers.edi").write_bytes(envelope(("997", SET_997)))

    def refuse(*_: object) -> list[dict[str, object]]:
        raise SOME

    with monkeypatch.context() as patch:
        patch.setattr("ingest.trading_grid.drop_source.rows_of", refuse)
        drop_landed(store, settings, drop, "functional_acknowledgements")
    assert rows(store, "trading_grid/functional_acknowledgements") == []
    (done,) = replayed(store, settings)
    assert (done.readable, done.unreadable) == (1, 0), done
    assert rows(store, "trading_grid/functional_acknowledgements")
    assert replayed(store, settings) == []


def test_a_file_of_which_no_mapping_is_left_says_so(tmp_path: Path, drop: Path) -> None:
    """Somebody who took the mapping out must not read that nothing can be done."""
    store = open_store(tmp_path)
    (drop / "com1.csv").write_text("key,name\n1,old\n")
    drop_landed(store, with_mapping(tmp_path, COMMUNITIES.format(id="number")), drop, "communities")
    (done,) = replayed(store, settings_in(tmp_path))
    assert (done.readable, "trading_grid.drops" in str(done.why_not)) == (0, True)
