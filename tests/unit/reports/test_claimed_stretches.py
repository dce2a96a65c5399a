"""A dossier names the stretch of complete claims that each finding rests on, or says that none covers it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import httpx
import pytest

from publish.reading import DATABASE
from reports.dossier.claims import claimed_of
from reports.dossier.rows import Stretch, Use
from tests.browser.example.names import COVERED_FROM, COVERED_TO, EARLY_LETTER, LETTER
from tests.browser.example_snapshot import publish_example
from tests.browser.live_reports import client_of
from tests.unit.reports.test_words_and_drawings import USE

FROM, TO = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 1, 20, tzinfo=UTC)
STRETCH = Stretch("s", FROM, TO, 3, 7)
SECOND = timedelta(seconds=1)


def at(moment: datetime | None, uploaded: datetime | None = FROM) -> Use:
    """A use that was composed then, of a version uploaded then."""
    return replace(USE, generated_at=moment, version_live_from=uploaded)


@pytest.mark.parametrize(
    ("moment", "is_covered"),
    [(FROM, True), (FROM - SECOND, False), (TO - 2 * SECOND, True), (TO - SECOND, False), (None, False)],
)
def test_what_the_clocks_cannot_tell_is_not_covered(moment: datetime | None, *, is_covered: bool) -> None:
    """Harm prevented: a page that names claims for a moment that the warehouse calls uncovered."""
    assert (claimed_of([STRETCH], at(moment), 2, 1).stretch == STRETCH) is is_covered


@pytest.mark.parametrize(("uploaded", "reaches"), [(FROM - 2 * SECOND, True), (FROM - 3 * SECOND, False), (None, None)])
def test_it_says_whether_it_reaches_back_to_the_upload(uploaded: datetime | None, *, reaches: bool | None) -> None:
    """Harm prevented: an upload or approval that was missed before the claims begin, unseen by the reader."""
    told = claimed_of([STRETCH], at(FROM + SECOND, uploaded), 602, 2)
    assert told.is_since_upload is reaches
    assert "from 2026-01-10 00:00:00 to 2026-01-20 00:00:00 UTC, by entries 3 to 7 of the log" in told.sentence
    assert ("does not reach" in told.sentence) is (reaches is False)
    assert claimed_of([replace(STRETCH, covered_from=None)], at(FROM, uploaded), 2, 2).is_since_upload is not False


def test_page_twin_and_file_name_the_same_stretch(client: httpx.Client) -> None:
    """Harm prevented: an auditor who cannot find the claims that a verdict rests on."""
    page = client.get(f"/communications/{LETTER}").raise_for_status().text
    twin = client.get(f"/communications/{LETTER}.json").json()["findings"][0]["claimed"]
    [first, *_] = csv.DictReader(io.StringIO(client.get(f"/communications/{LETTER}.csv").text))
    assert "by entries 1 to 4,700 of the log" in page
    assert twin["stretch"]["coverage_key"] in page
    assert twin["stretch"]["coverage_key"] == first["coverage_key"]
    assert (twin["stretch"]["first_log_index"], twin["stretch"]["last_log_index"]) == (1, 4700)
    assert datetime.fromisoformat(first["covered_from"]) == COVERED_FROM
    assert datetime.fromisoformat(first["covered_to"]) == COVERED_TO


def test_where_no_claim_covers_it_the_dossier_says_so(client: httpx.Client) -> None:
    """Harm prevented: silence that reads as if the records were complete."""
    page = client.get(f"/communications/{EARLY_LETTER}").raise_for_status().text
    assert "None: no complete claim of Cloudinary&#39;s notifications covers this moment." in page
    twin = client.get(f"/communications/{EARLY_LETTER}.json").json()["findings"][0]["claimed"]
    assert twin["stretch"] is None


def test_a_snapshot_of_before_the_stretches_can_still_be_read(tmp_path: Path) -> None:
    """Harm prevented: a dossier of last year that an update makes unreadable."""
    folder = publish_example(tmp_path / "home", letters=1)
    with duckdb.connect(str(folder / DATABASE)) as connection:
        connection.execute("drop table marts.fct_claim_stretches")
    with client_of(tmp_path / "home") as client:
        assert "Complete claims" not in client.get(f"/communications/{LETTER}").raise_for_status().text
        assert "coverage_key" not in client.get(f"/communications/{LETTER}.csv").raise_for_status().text
