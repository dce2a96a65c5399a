"""The documentation site of the models: dbt's own, made of the last build, with its columns and lineage.

Here belongs making it. dbt opens the build file for it, thus it holds the file like a build; what it writes lies apart
from what builds write. Serving it is `reports.documentation`.
"""

from __future__ import annotations

from pathlib import Path

from dagster_dbt.errors import DagsterDbtError

from assettrail.errors import ContractBroken
from assettrail.settings import Settings
from evidence.durable import write_durably
from orchestration.build_lock import build_held, note_writer
from orchestration.dbt_failure import dbt_failed
from orchestration.defs.warehouse.build import dbt_variables, home_in_environment
from orchestration.manifest import dbt_settings
from orchestration.parsed_project import lay_parsed
from orchestration.resources import dbt_resource, parsed_folder
from publish.files import build_file

SITE = Path("documentation") / "index.html"


def write_documentation(settings: Settings) -> Path:
    """Make the site anew from the build file, in one file, and return it; the old one stays up until then.

    Raises ContractBroken where nothing was built yet or dbt cannot make it, ConfigurationError where the disk refuses,
    TransientSourceError while a build runs.
    """
    home = settings.home
    if not build_file(home).exists():
        raise ContractBroken(
            tried="to document the models",
            found=f"no build file {build_file(home)}",
            expected="the file of the last build, which has the tables that are documented",
            remedy="run `assettrail build`",
        )
    target = home / "warehouse" / "documentation"
    words = ["--quiet", "docs", "generate", "--static", *dbt_variables(settings)]
    with build_held(home), home_in_environment(home):
        lay_parsed(parsed_folder(), dbt_settings(settings), target)
        running = dbt_resource().cli(words, target_path=target)
        note_writer(home, running.process.pid)
        try:
            running.wait()
        except DagsterDbtError as error:
            remedy = "correct the cause named above; the site that was there stays as it is"
            said = str(error).strip()[:2000]
            raise dbt_failed("to document the models", said, target, "dbt to write its site", remedy) from error
    write_durably(home / SITE, (target / "static_index.html").read_bytes())
    return home / SITE
