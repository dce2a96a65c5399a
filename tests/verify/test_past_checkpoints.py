"""A snapshot is published after each stage of a scenario; months later each is asked for again as it was known then."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from assettrail.demo.installation import clean_installation, write_settings
from assettrail.demo.play import STAGES, Steps, played_stages
from assettrail.demo.processes import only_settings_of, sandbox_process
from publish.reading import current_snapshot, labelled_names, open_snapshot
from tests.integration.copied_home import assettrail


@pytest.mark.timeout(3600)
def test_what_was_known_at_each_checkpoint_is_what_was_published_there(tmp_path: Path) -> None:
    """Harm prevented: an auditor asks what was known in March, and gets what was learned of March in April and May."""
    installation = clean_installation(tmp_path / "demo")
    published = []
    with sandbox_process(installation.sandbox) as endpoints:
        write_settings(installation, endpoints)
        with only_settings_of(installation.config):
            for _ in played_stages(installation, Steps(), seed=3, communications=500):
                built = assettrail(installation, "build")
                assert built.returncode == 0, built.stderr
                published.append(current_snapshot(installation.home))
        assert len({snapshot.name for snapshot in published}) == STAGES
        for one, other in pairwise(published):
            assert one.manifest["tables"] != other.manifest["tables"], "each stage brings something"
        for snapshot in published:
            shown = assettrail(installation, "build", "--as-known-at", snapshot.manifest["log"]["root_hash"][:16])
            assert shown.returncode == 0, shown.stderr
            assert f"published then as {snapshot.name}: the same content in every table" in shown.stdout
    then = {name: open_snapshot(installation.home, name).manifest for name in labelled_names(installation.home)}
    for snapshot in published:
        assert snapshot.manifest["tables"] in [manifest["tables"] for manifest in then.values()]
    assert current_snapshot(installation.home).name == published[-1].name
