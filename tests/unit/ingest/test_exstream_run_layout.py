"""Where the files of runs lie: in the usual folders, and in those that an installation has instead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from assettrail.errors import ConfigurationError
from assettrail.exstream_settings import ExstreamSettings
from assettrail.run_layout_settings import RunLayout
from ingest.exstream.drop_folder import open_drop_folder
from ingest.exstream.run_folder import ExpectedReports, find_runs
from tests.adapters.ingest.stand_ins import land_all, landed_rows
from tests.unit.landing.stores import open_store, settings_in

USUAL = "claims/jobs/j/f/docgen/d/output"
OWN = RunLayout(
    run_folder=r"(?P<domain>[^/]+)/(?P<job>\d{8}-\d+)/(?P<instance>[^/]+)\.run/(?P<docgen>[^/]+)",
    delivery_file="Manifest[1].xml",
    message_file="engine.log",
    report_folders="rep_?",
    output_folders="out_*",
)
OWN_PATH = "claims/20260210-7/f.run/d"


def written(folder: Path, layout: RunLayout, path: str, files: Mapping[str, str]) -> Path:
    """A run's output folder with a delivery file and the files that are named."""
    output = folder / path
    for name, text in {layout.delivery_file: "<outputList></outputList>", **files}.items():
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        (output / name).write_text(text, encoding="utf-8")
    return output


@pytest.mark.parametrize(("layout", "path"), [(RunLayout(), USUAL), (OWN, OWN_PATH)])
def test_a_run_is_known_by_the_path_that_the_layout_describes(tmp_path: Path, layout: RunLayout, path: str) -> None:
    """Harm prevented: the ids that rows are keyed by are those of another folder."""
    written(tmp_path, layout, path, {})
    written(tmp_path, layout, "somewhere/else", {})
    (run,) = find_runs(tmp_path, layout).runs
    assert (run.domain, run.flow_instance_id, run.docgen_uuid) == ("claims", "f", "d")
    assert find_runs(tmp_path, OWN if layout is not OWN else RunLayout()).runs == []


def test_files_are_found_under_the_names_that_an_installation_has(tmp_path: Path) -> None:
    """Harm prevented: a report or message file under another name is a gap that nobody can close."""
    output = written(tmp_path, OWN, OWN_PATH, {"engine.log": "", "rep_1/Uses.jsonl": "", "Report_1/Uses.jsonl": ""})
    (run,) = find_runs(tmp_path, OWN).runs
    found = ExpectedReports("Uses.jsonl", {}, OWN).files(run)
    assert [(kind, path.relative_to(output).as_posix()) for kind, _, path in found] == [
        ("delivery", "Manifest[1].xml"),
        ("messages", "engine.log"),
        ("report", "rep_1/Uses.jsonl"),
    ]


def test_an_id_that_the_path_does_not_tell_is_refused(tmp_path: Path) -> None:
    """Harm prevented: rows of several runs under one empty id."""
    layout = RunLayout(run_folder=r"(?P<domain>[^/]+)/(?P<job>[^/]*)(?P<instance>)/(?P<docgen>[^/]+)")
    written(tmp_path, layout, "claims/j/d", {})
    with pytest.raises(ConfigurationError, match="no instance"):
        find_runs(tmp_path, layout)


def test_outputs_lie_in_the_folder_that_the_layout_describes(tmp_path: Path) -> None:
    """Harm prevented: a delivery file whose paths are an installation's own is refused, output by output."""
    file = f'<file name="/mnt/x/{OWN_PATH}/out_1_email/1.pdf"><customer number="1"/></file>'
    text = f'<outputList customersProcessed="1"><queue name="email">{file}</queue></outputList>'
    (written(tmp_path / "drop", OWN, OWN_PATH, {}) / OWN.delivery_file).write_text(text, encoding="utf-8")
    section = ExstreamSettings(
        base_url="http://127.0.0.1:9",
        token_url="http://127.0.0.1:9",
        client_id="c",
        domains=("claims",),
        run_layout=OWN,
    )
    store = open_store(tmp_path)
    settings = settings_in(tmp_path).model_copy(update={"exstream": section})
    source = open_drop_folder(settings, store, tmp_path / "drop")
    source._pause = lambda _: None
    (batch,) = land_all(source, store)["delivery_outputs"]
    (row,) = landed_rows(store, "exstream", "delivery_outputs")
    assert (batch.rows, batch.quarantined) == (1, 0)
    assert (row["job_id"], row["flow_instance_id"], row["docgen_uuid"]) == ("20260210-7", "f", "d")
