"""Recipients' identifiers where they do not belong: in files that are refused, and what is said of them.

A mapping that names the wrong column, a file without the header that its mapping promises, an interchange that is
damaged, a package with a strange entry: the reason of a refusal stands in quarantine, in claims, in the log and on the
screen, and names nobody.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from assettrail.clock import clock_from
from assettrail.exstream_settings import ExstreamSettings
from assettrail.settings import KeySettings, Settings
from evidence.keys import create_keys, load_raw_keys
from evidence.raw_store import RawStore
from ingest.landing_store import LandingStore
from ingest.quarantine import list_quarantine
from tests.adapters.ingest.test_canary import (
    ACCOUNT,
    CANARIES,
    CUSTOMER,
    EMAIL,
    FREE_TEXT,
    IBAN,
    NAME,
    POLICY,
    TELEPHONE,
    decoded,
    found_in,
    said_by,
)
from tests.adapters.ingest.test_exstream_package import PAGE, entries
from tests.unit.ingest.test_x12 import SET_824, envelope

REPORT = """
system = "exstream"
name = "{name}"
file = "{file}"
format = "csv"
header = {header}
{columns}
streams = ["communications"]
[fields]
communication_id = "letter"
recipient_id = "customer"
generated_at = "printed"
"""
COLUMNS = 'columns = ["letter", "printed", "customer"]'
DROP = """
system = "trading_grid"
stream = "{stream}"
files = "{files}"
format = "{format}"
[columns]
{columns}
[constants]
{constants}
"""
ACK_COLUMNS = 'acknowledgement_id = "id"\npartner_id = "partner"\nat_raw = "at"'
FEEDBACK = {
    "feedback_id": "F1",
    "partner_id": "P",
    "category": "crop",
    "status": "open",
    "reported_at_raw": "2026-02-10T08:00:00Z",
    "updated_at_raw": "2026-02-10T08:00:00Z",
    "text": FREE_TEXT,
    "asset_url": f"https://res.cloudinary.com/demo/image/upload/v1768035600/hero.png?mail={EMAIL}&account={ACCOUNT}",
}
SEARCH = {"search_id": "S1", "partner_id": "P", "terms": FREE_TEXT, "at_raw": "2026-02-10T08:00:00Z"}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation that reads folders only, as commands find it."""
    made = Settings(
        home=tmp_path / "home",
        keys=KeySettings(folder=tmp_path / "keys"),
        exstream=ExstreamSettings(
            base_url="http://127.0.0.1:1", token_url="http://127.0.0.1:1/t", client_id="c", domains=("claims",)
        ),
    )
    create_keys(tmp_path / "keys", made.evidence.log_origin)
    given = {
        "HOME": made.home,
        "KEYS__FOLDER": made.keys.folder,
        "EXSTREAM__BASE_URL": "http://127.0.0.1:1",
        "EXSTREAM__TOKEN_URL": "http://127.0.0.1:1/t",
        "EXSTREAM__CLIENT_ID": "c",
        "EXSTREAM__DOMAINS": '["claims"]',
        "EXSTREAM__REPORT_MAPPINGS": json.dumps([str(path) for path in report_mappings(tmp_path)]),
        "TRADING_GRID__DROPS": json.dumps([str(path) for path in drop_mappings(tmp_path)]),
    }
    for name, value in given.items():
        monkeypatch.setenv(f"ASSETTRAIL_{name}", str(value))
    return made


def report_mappings(folder: Path) -> list[Path]:
    """A mapping whose times stand in the column of addresses, and one of a file with a header."""
    wrong, headed = folder / "wrong.toml", folder / "headed.toml"
    wrong.write_text(REPORT.format(name="wrong", file="Wrong.csv", header="false", columns=COLUMNS), encoding="utf-8")
    headed.write_text(REPORT.format(name="headed", file="Headed.csv", header="true", columns=""), encoding="utf-8")
    return [wrong, headed]


def drop_mappings(folder: Path) -> list[Path]:
    """Mappings of acknowledgements, catalogue images, feedback and searches."""
    image = ["gtin", "action", "file_name", "file_type", "image_type", "purpose", "orientation", "location_type"]
    made = {
        "acks": ("acknowledgements", "ack*", "csv", ACK_COLUMNS, 'kind = "portal"'),
        "images": ("catalogue_images", "*images*", "csv", "\n".join(f'{name} = "{name}"' for name in image), ""),
        "feedback": ("feedback", "*feedback*", "jsonl", "\n".join(f'{name} = "{name}"' for name in FEEDBACK), ""),
        "searches": ("searches", "*search*", "jsonl", "\n".join(f'{name} = "{name}"' for name in SEARCH), ""),
    }
    for name, (stream, files, kind, columns, constants) in made.items():
        text = DROP.format(stream=stream, files=files, format=kind, columns=columns, constants=constants)
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return [folder / f"{name}.toml" for name in made]


def engine_output(folder: Path) -> Path:
    """One run with a broken delivery file, and one with both reports, which are read of a run that has ended only."""
    broken, run = (folder / "claims" / "jobs" / "J" / "F" / "docgen" / name / "output" for name in "BD")
    broken.mkdir(parents=True)
    (broken / "_STDDELIVERYFILE.xml").write_text(f"<{NAME} x='{EMAIL}'></{NAME}>", encoding="utf-8")
    (run / "Report_1").mkdir(parents=True)
    (run / "_STDDELIVERYFILE.xml").write_text("<outputList></outputList>", encoding="utf-8")
    (run / "ExstreamMessages.dat").write_text("EX003004W (1) nothing\n", encoding="utf-8")
    lines = [f"L1,{EMAIL},{CUSTOMER}", f"L2,{TELEPHONE},{CUSTOMER}", f"L3,{NAME},{CUSTOMER}", f"L4,{POLICY[4:]},{IBAN}"]
    (run / "Report_1" / "Wrong.csv").write_text("\n".join(lines), encoding="utf-8")
    twice = f"{NAME},{EMAIL},{NAME},{TELEPHONE},{IBAN},{POLICY}"
    (run / "Report_1" / "Headed.csv").write_text(f"{twice}\n{ACCOUNT},2,3,4,5,6\n", encoding="utf-8")
    return folder


def drops(folder: Path) -> Path:
    """Exports with people where times, headers, actions and control numbers should be."""
    folder.mkdir()
    sound = "2026-02-10T08:00:00Z"
    acks = f"id,partner,at\n1,P,{EMAIL}\n2,P,{NAME}\n3,P,{POLICY[4:]}\n4,P,{sound}\n"
    (folder / "ack.csv").write_text(acks, encoding="utf-8")
    (folder / "ack_headerless.csv").write_text(f"{EMAIL},{NAME},{ACCOUNT},{NAME}\n", encoding="utf-8")
    (folder / "ack_more.csv").write_text(f"id,partner,at,{EMAIL}\n5,P,{sound},x\n", encoding="utf-8")
    header = "gtin,action,file_name,file_type,image_type,purpose,orientation,location_type"
    images = [f"00012345678905,{NAME},a.jpg,JPG,SI,INT,F,URL", f"00012345678905,Insert,a.jpg,{ACCOUNT},SI,INT,F,FTP"]
    (folder / "images.csv").write_text("\n".join([header, *images]), encoding="utf-8")
    (folder / "feedback.jsonl").write_text(f"{json.dumps(FEEDBACK)}\n", encoding="utf-8")
    broken = json.dumps({**SEARCH, "at_raw": f"{EMAIL} {NAME}", EMAIL: 1})
    (folder / "search.jsonl").write_text(f"{json.dumps(SEARCH)}\n{broken}\n", encoding="utf-8")
    good = envelope(("824", SET_824))
    spoilt = [
        good.replace(b"SE*7*0001", f"SE*{NAME}*0001".encode()),
        good.replace(b"SE*7*0001", f"SE*7*{EMAIL}".encode()),
        good.replace(b"GE*1*77", f"GE*{ACCOUNT}*77".encode()),
        good.replace(b"IEA*1*", f"IEA*{NAME}*".encode()),
        envelope(("824", SET_824), written=f"{NAME}*{EMAIL}"),
        envelope(("997", ("AK1*RC*905", f"AK2*832*{EMAIL}", f"AK2*832*{NAME}", "AK9*P*2*2*1"))),
    ]
    for number, data in enumerate(spoilt):
        (folder / f"answer{number}.edi").write_bytes(data)
    return folder


def packages(folder: Path) -> list[Path]:
    """Export packages that are refused, whole or in one resource, by names and contents that name somebody."""
    folder.mkdir()
    broken = {**entries(), f"resources/exstrpage-{PAGE}-1.json": f'{{"id": "{PAGE}", "name": {EMAIL}'.encode()}
    many = [{**entries(), f"../{EMAIL}": b"x"}, {**entries(), f"C:/{NAME}": b"x"}, broken]
    made = [folder / f"{number}.zip" for number in range(len(many) + 1)]
    for path, files in zip(made, many, strict=False):
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    with zipfile.ZipFile(made[-1], "w") as archive:
        for name, data in {**entries(), f"resources/exstrpage-{PAGE}-1.json": b"x", f"{EMAIL}.txt": b"y"}.items():
            archive.writestr(name, data)
    data = made[-1].read_bytes()
    made[-1].write_bytes(data.replace(f"{EMAIL}.txt".encode(), f"{NAME}@{EMAIL[11:]}.txt".encode(), 1))
    return made


def test_the_reason_of_a_refusal_names_nobody(settings: Settings, tmp_path: Path) -> None:
    """Harm prevented: quarantine, which everybody may list, as the one table in which recipients stand in clear."""
    output, dropped = engine_output(tmp_path / "out"), drops(tmp_path / "drops")
    commands = [["ingest", "exstream", "--folder", str(output)], ["ingest", "trading_grid", "--folder", str(dropped)]]
    commands += [["ingest", "exstream", "--package", str(path)] for path in packages(tmp_path / "packages")]
    report = next(output.rglob("Headed.csv"))
    commands += [["sources", "check", str(report), "--mapping", str(tmp_path / "headed.toml")]]
    tried = [("ack.csv", "acks.toml"), ("ack_headerless.csv", "acks.toml"), ("images.csv", "images.toml")]
    commands += [
        ["sources", "check", str(dropped / name), "--mapping", str(tmp_path / mapping)] for name, mapping in tried
    ]
    printed = [said_by(words) for words in commands]
    store = LandingStore.open(settings, clock_from(settings))
    records = list_quarantine(store, store.ledger)
    expected = {"communications", "delivery_outputs", "acknowledgements", "catalogue_images", "searches"}
    expected |= {"functional_acknowledgements", "application_advices", "design_links", "resources"}
    assert {record.stream for record in records} >= expected
    assert any("a text of the form 'xxxx.xxxxxx@xxxxx.xxxxxxx' (25 characters)" in record.reason for record in records)
    listings = [["quarantine", "list"], ["quarantine", "list", "--json"], ["claims"], ["claims", "--json"]]
    printed += [said_by(words) for words in [*listings, ["batches", "list", "--json"], ["quarantine", "replay"]]]
    shown = [said_by(["quarantine", "show", record.record_id]) for record in records]
    raw = RawStore(settings.home / "raw", load_raw_keys(settings.keys.folder)[0])
    hashes = [path.parent.name + path.stem for path in (settings.home / "raw").rglob("*.sealed")]
    planted = set().union(*(found_in(raw.get(each).decode("utf-8", "replace")) for each in hashes))
    assert planted == set(CANARIES), "what was not planted cannot be found"
    files = [path for path in settings.home.rglob("*") if path.is_file()]
    leaks = {
        str(path.relative_to(settings.home)): found for path in files for found in map(found_in, decoded(path)) if found
    }
    assert leaks == {}
    assert [text for text in printed if found_in(text)] == []
    # A refused part is shown as everything that lands: in a partner's words a name cannot be told from any other word.
    assert [text for text in shown if found_in(text) - {NAME}] == []
