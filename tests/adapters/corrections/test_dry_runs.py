"""A dry run of every kind of correction that is sent: it shows what would be written, and writes nothing anywhere.

That nothing is written is read from the sandbox's log of requests, at all three vendors; that the log would show it,
from sending the same correction afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from assettrail.trading_grid_settings import TradingGridOutbound
from corrections.approval import approve
from corrections.difference import Kind
from corrections.effects.by_kind import EFFECTS
from corrections.preview import preview
from corrections.store.outbox import show_correction
from tests.adapters.corrections import test_artwork as artwork
from tests.adapters.corrections import test_publishing as publishing
from tests.adapters.corrections import test_pushing as pushing
from tests.adapters.corrections import test_template_images as images
from tests.adapters.corrections import test_withdrawing as withdrawing
from tests.adapters.corrections.conftest import Desk, Grid, Library, Studio, link, picture, republish
from tests.adapters.corrections.test_improving import Reports
from tests.unit.corrections.recalled_snapshot import write_recalled_snapshot
from tests.unit.corrections.samples import CLOCK, approver

_READS = ("GET ", "HEAD ")
_FOREIGN = {"expected_version_number": 1767600000, "expected_etag": "old"}
_NOTHING = dict.fromkeys(("desired_version_number", "desired_etag", "desired_format_code", "desired_rendition_name"))


@dataclass(frozen=True)
class Bench:
    """An installation, the vendors as their users see them, and the sandbox's log of requests.

    `number` tells the corrections of one installation apart.
    """

    desk: Desk
    grid: Grid
    library: Library
    studio: Studio
    folder: Path
    requests_url: str
    number: int = 1

    @property
    def outbound(self) -> Path:
        """The folder that artwork goes out by."""
        return self.folder / "out"

    def writes(self) -> list[str]:
        """Return the requests that may change something at a vendor; signing in changes nothing."""
        counts: dict[str, dict[str, int]] = httpx.get(self.requests_url).json()
        labels = [f"{service} {label}" for service, found in counts.items() for label in found if _may_write(label)]
        return sorted(labels)

    def forget(self) -> None:
        """Empty the log of requests."""
        httpx.delete(self.requests_url).raise_for_status()


def _may_write(label: str) -> bool:
    return not label.startswith(_READS) and "token" not in label and "_sandbox" not in label


@pytest.fixture
def bench(desk: Desk, grid: Grid, library: Library, studio: Studio, tmp_path: Path, endpoints: dict[str, Any]) -> Bench:
    artwork.with_outbound(desk, TradingGridOutbound(folder=tmp_path / "out", catalogue_columns=artwork.COLUMNS))
    return Bench(desk, grid, library, studio, tmp_path, endpoints["clock_url"].replace("/clock", "/requests"))


def _replacement_link(bench: Bench) -> None:
    bench.desk.propose(link(bench.number, bench.grid.make_case()))


def _republish(bench: Bench) -> None:
    bench.desk.propose(republish(bench.number, bench.grid.make_publication(), bench.grid))


def _withdraw_recalled(bench: Bench) -> None:
    withdrawing.recall(bench.desk, bench.folder, bench.grid.make_publication())


def _publish_variant(bench: Bench) -> None:
    device = bench.folder.name
    bench.desk.propose(publishing.variant(bench.number, bench.grid, publishing.need(bench.grid, device), device))


def _replace_foreign_variant(bench: Bench) -> None:
    shown = bench.grid.make_publication()
    about = {**publishing.PLACE, **_FOREIGN, "publication_id_trading_grid": shown}
    bench.desk.propose(publishing.row(bench.number, "replace_foreign_variant", bench.grid, shown, **about))


def _withdraw_foreign_variant(bench: Bench) -> None:
    shown = bench.grid.make_publication()
    about = {**_FOREIGN, **_NOTHING, "publication_id_trading_grid": shown}
    bench.desk.propose(publishing.row(bench.number, "withdraw_foreign_variant", bench.grid, shown, **about))


def _publish_searched_asset(bench: Bench) -> None:
    place = {**publishing.PLACE, "desired_device_code": f"searched-{bench.folder.name}"}
    row = publishing.row(bench.number, "publish_searched_asset", bench.grid, f"topic of {bench.folder.name}", **place)
    bench.desk.propose(row, by=None)
    approve(bench.desk.settings, CLOCK, [row["correction_key"]], approver(), "wanted")


def _publish_asked_format(bench: Bench) -> None:
    community = bench.grid.make("communities", name="Formats")["communityId"]
    wish = publishing.wish(bench.grid, community)
    bench.desk.propose(publishing.asked(bench.number, bench.grid, wish, community))


def _post_readiness(bench: Bench) -> None:
    bench.desk.propose(publishing.readiness(bench.number, bench.grid, publishing.launch(bench.grid)))


def _review_template_image(bench: Bench) -> None:
    bench.desk.propose(images.review(bench.studio.make_image(), bench.studio))


def _send_artwork(bench: Bench) -> None:
    bench.desk.propose(artwork.row(bench.number, artwork.issue(bench.grid)))


def _improve_rendition(bench: Bench) -> None:
    reports = Reports(bench.desk, bench.grid, bench.library, bench.folder)
    reports.measure(reports.report("slow_loading", "c_limit,w_600"))
    reports.approve()


def _push_file(bench: Bench) -> None:
    name = f"push/{bench.folder.name}"
    stored = bench.library.upload_file(name, picture("green"))
    pushed = pushing.Studio(bench.desk, bench.library, bench.folder, name, stored["asset_id"])
    pushed.push()
    pushed.approve()


CASES: Mapping[Kind, Callable[[Bench], None]] = {
    "replacement_link": _replacement_link,
    "republish_approved_version": _republish,
    "withdraw_recalled": _withdraw_recalled,
    "publish_variant": _publish_variant,
    "replace_foreign_variant": _replace_foreign_variant,
    "withdraw_foreign_variant": _withdraw_foreign_variant,
    "publish_searched_asset": _publish_searched_asset,
    "publish_asked_format": _publish_asked_format,
    "post_readiness": _post_readiness,
    "review_template_image": _review_template_image,
    "send_artwork": _send_artwork,
    "improve_rendition": _improve_rendition,
    "push_file": _push_file,
}


@pytest.mark.parametrize("kind", EFFECTS)
def test_a_dry_run_writes_nothing(bench: Bench, kind: Kind) -> None:
    """Whoever looks at what would happen must not make it happen, whatever kind it is."""
    assert kind in CASES, f"say here how an approved {kind} comes about: its dry run is not shown to write nothing"
    CASES[kind](bench)
    (correction,) = bench.desk.corrections()
    assert (correction.kind, correction.state) == (kind, "approved")
    before = show_correction(bench.desk.settings, correction.correction_key)
    bench.forget()
    (shown,) = preview(bench.desk.settings, CLOCK, write_recalled_snapshot(bench.folder / "held.duckdb"))
    assert shown.outcome == "would be written", shown.why
    assert shown.request is not None
    assert shown.before != shown.after
    assert bench.writes() == []
    assert not bench.outbound.exists()
    assert show_correction(bench.desk.settings, correction.correction_key) == before
    assert bench.desk.send().as_dict()["confirmed"] == 1
    assert bench.writes() != [], "the log of requests shows what is written"
