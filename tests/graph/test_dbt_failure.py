"""A disk that refuses dbt, told in the words of the house: a real dbt on a project of one model, and DuckDB's words."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assettrail.errors import ConfigurationError, ContractBroken
from orchestration import resources
from orchestration.dbt_failure import dbt_failed
from orchestration.parsed_project import keep_parsed, lay_parsed

REMEDY = "correct the cause named above; the last snapshot stays up"


@contextmanager
def full_at(largest_file: int) -> Iterator[None]:
    """Let no process that starts now write a file of more bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dbt project of one model, in place of the house's, as parsing that takes a quarter of a minute."""
    folder = tmp_path / "project"
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "one.sql").write_text("select 1 as number")
    (folder / "dbt_project.yml").write_text("name: small\nversion: 0.1.0\nprofile: small\n")
    outputs = "{here: {type: duckdb, path: ':memory:'}}"
    (folder / "profiles.yml").write_text(f"small: {{target: here, outputs: {outputs}}}\n")
    monkeypatch.setattr(resources, "DBT_PROJECT_FOLDER", folder)
    return folder


def test_a_full_disk_while_dbt_parses_is_told_with_what_to_do(project: Path) -> None:
    """Harm prevented: a full disk greets every command with dbt's stack trace, and nobody knows what it lost.

    Where there is no manifest the next command parses anew: nothing that was cut off is left to be read.
    """
    target = project / "target"
    with full_at(30_000), pytest.raises(ConfigurationError) as refused:
        resources.dbt_project()
    message = str(refused.value)
    assert "to parse the dbt project" in message
    assert "File too large" in message
    assert f"bytes are free on the disk of {target}" in message
    assert "free space on that disk" in message
    assert "nothing was built, the last snapshot stays up" in message
    assert "Traceback" not in message
    assert not (target / "manifest.json").exists()


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Encountered an error:\n[Errno 28] No space left on device\n\nTraceback", ConfigurationError),
        ("IO Error: Could not write file: Disk quota exceeded", ConfigurationError),
        (
            "FATAL Error: database has been invalidated because of a previous fatal error: File too large",
            ConfigurationError,
        ),
        ("Compilation Error in model dim_assets", ContractBroken),
    ],
)
def test_only_a_disk_is_told_as_a_disk(tmp_path: Path, said: str, kind: type[Exception]) -> None:
    """Harm prevented: somebody frees space for hours because of a model that does not compile."""
    error = dbt_failed("to run the job build_warehouse", said, tmp_path, "every step to pass", REMEDY)
    assert type(error) is kind
    assert "the last snapshot stays up" in str(error)


def test_what_was_parsed_before_and_does_not_fit_on_the_disk_is_told(tmp_path: Path) -> None:
    """Harm prevented: the copy of a parse breaks off the build with an error of the system, without what to do."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "partial_parse.msgpack").write_bytes(bytes(20_000))
    keep_parsed(tmp_path / "parsed", {}, tmp_path / "state")
    with full_at(10_000), pytest.raises(ConfigurationError, match="bytes are free on the disk"):
        lay_parsed(tmp_path / "parsed", {}, tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []
