"""Reading quarantined records again, with the real readers, on what the stand-ins gave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assettrail.settings import Settings
from evidence.keys import rotate_key
from ingest.exstream import message_file
from ingest.exstream.drop_folder import open_drop_folder
from ingest.landing_store import LandingStore
from ingest.quarantine import list_quarantine
from ingest.quarantine_readers import reader_of
from ingest.quarantine_replay import replay
from ingest.sources import open_source
from ingest.trading_grid.streams import contract_of
from tests.adapters.ingest.stand_ins import Sandbox, accept, land_all, landed_rows
from tests.adapters.ingest.test_exstream_source import letters

Fresh = Callable[[str], str]


@pytest.fixture(autouse=True)
def _in_february(sandbox: Sandbox) -> None:
    """The clock at 2026-02-10 08:00."""
    sandbox.set_clock("2026-02-10T08:00:00Z")


def replayed(settings: Settings, store: LandingStore) -> list[tuple[str, int, int]]:
    """Replay everything that is open; stream, readable now, new rows."""
    records = list_quarantine(store, store.ledger)
    done = replay(store, records, reader_of(settings, store), accept)
    return [(each.stream, each.readable, each.landed.rows if each.landed else 0) for each in done]


def states(store: LandingStore) -> set[str]:
    return {record.state for record in list_quarantine(store, store.ledger)}


def test_objects_that_a_wrong_mapping_refused_land_after_it_was_corrected(
    sandbox: Sandbox, settings: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """The vendor gives an object again only when it changes: until then it would be missing."""
    name = fresh("nord")
    sandbox.write_trading_grid("communities", {"communityId": name, "name": name})
    sandbox.write_trading_grid("partners", {"partnerId": f"P-{name}", "name": "Anna GmbH"})
    assert settings.trading_grid is not None
    contract = dict(contract_of(settings.trading_grid))
    mistaken = contract["partners"].model_copy(update={"fields": {**contract["partners"].fields, "name": "nom"}})
    section = settings.trading_grid.model_copy(update={"objects": {**contract, "partners": mistaken}})
    wrong = settings.model_copy(update={"trading_grid": section})
    land_all(open_source(wrong, "trading_grid", store), store)
    assert landed_rows(store, "trading_grid", "partners") == []
    assert replayed(wrong, store) == [("partners", 0, 0)]
    assert replayed(settings, store) == [("partners", 1, 1)]
    (row,) = landed_rows(store, "trading_grid", "partners")
    assert (row["partner_id"], row["name"]) == (f"P-{name}", "Anna GmbH")
    assert replayed(settings, store) == []
    assert states(store) == {"replayed"}


@pytest.mark.parametrize("way", ["rest", "folder"])
def test_lines_of_a_run_that_can_be_read_now_land_beside_those_that_landed(
    way: str,
    sandbox: Sandbox,
    settings: Settings,
    store: LandingStore,
    monkeypatch: pytest.MonkeyPatch,
    fresh: Fresh,
) -> None:
    """The whole file is read again: each of its other lines must not land a second time, under a new key neither.

    The message files of the two runs have the same bytes: what was refused of either comes back.
    """
    assert settings.exstream is not None
    domain = settings.exstream.domains[0]
    for _ in range(2):
        sandbox.run_exstream(domain, "statements", letters(fresh("COM"), 2))
    folder = Path(sandbox.endpoints["exstream"]["output_folder"]) / domain

    def land() -> None:
        rest = open_source(settings, "exstream", store)
        land_all(rest if way == "rest" else open_drop_folder(settings, store, folder), store)

    with monkeypatch.context() as patch:
        patch.setattr(message_file, "LONGEST_LINE", 60)
        land()
    refused = len(list_quarantine(store, store.ledger))
    landed = len(landed_rows(store, "exstream", "engine_messages"))
    assert refused > 0
    assert landed > 0
    rotate_key(settings.keys.folder, "pseudonym")
    store = LandingStore.open(settings, store.clock)
    ((stream, readable, _),) = replayed(settings, store)
    assert (stream, readable) == ("engine_messages", refused)
    assert states(store) == {"replayed"}
    rows = landed_rows(store, "exstream", "engine_messages")
    runs = {row["engine_run_id"] for row in rows}
    lines = {(row["source_file_sha256"], row["line_number"], row["text"]) for row in rows}
    assert len(rows) > landed
    assert len(runs) == 2
    assert len(rows) == len({(row["engine_run_id"], row["line_number"], row["text"]) for row in rows}) == 2 * len(lines)
    assert replayed(settings, store) == []
    before = {stream: len(landed_rows(store, "exstream", stream)) for stream in ("communications", "delivery_outputs")}
    land()
    assert before == {stream: len(landed_rows(store, "exstream", stream)) for stream in before}
    assert min(before.values()) > 0
