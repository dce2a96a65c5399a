"""What the HTML outputs of a communication show: addresses of ours in them, beside what the report says.

Here belong the question and its rows. Only outputs that are known to be this communication's are told: what is known of
a run alone names nobody. A snapshot of which no output was read tells nothing of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from reports.dossier.rows import Communication
from reports.earlier_snapshots import has
from reports.remembered import read_once
from reports.rows import read
from reports.words import VerdictWords, verdict_words

TABLE = "marts.fct_output_links"
ADDRESSES_AT_MOST = 200
STATES = {
    "reported": "the report names it, too",
    "not_reported": "the report does not name it",
    "unlinked": "names no asset for certain",
}


@dataclass(frozen=True)
class OutputAddress:
    """One row per address in an HTML output of the communication; without a verdict it names no asset of ours."""

    output_link_key: str
    asset_use_key: str | None
    file_name: str
    ordinal: int
    is_shown: bool
    link_state: str
    evidence_strength: str | None
    unlinked_reason: str | None
    delivery_url: str
    public_id: str | None
    asset_id: str | None
    version_number: int | None
    verdict: str | None
    verdict_reason: str | None

    @property
    def words(self) -> VerdictWords:
        """The words of the verdict."""
        return verdict_words(self.verdict)

    @property
    def state_text(self) -> str:
        """What is said of it beside the report."""
        said = STATES.get(self.link_state, self.link_state)
        return f"{said}: {self.unlinked_reason}" if self.link_state == "unlinked" and self.unlinked_reason else said


@dataclass(frozen=True)
class Outputs:
    """The addresses in a communication's HTML outputs, at most `ADDRESSES_AT_MOST`."""

    addresses: tuple[OutputAddress, ...] = ()

    @property
    def not_reported(self) -> tuple[OutputAddress, ...]:
        """Those that the report does not name."""
        return tuple(address for address in self.addresses if address.link_state != "reported")

    @property
    def worst(self) -> OutputAddress | None:
        """The one with the worst verdict among those that the report does not name; None where none has a verdict."""
        judged = [address for address in self.not_reported if address.verdict is not None]
        return min(judged, key=lambda address: address.words.rank, default=None)


def read_outputs(cursor: duckdb.DuckDBPyConnection, communication: Communication) -> Outputs:
    """Return what the HTML outputs of a communication show, in the order of files and places."""
    if not _has_addresses(cursor):
        return Outputs()
    found = read(
        cursor,
        OutputAddress,
        """
        select
            output_link_key,
            asset_use_key,
            file_name,
            ordinal,
            is_shown,
            link_state,
            evidence_strength,
            unlinked_reason,
            delivery_url,
            public_id,
            asset_id_cloudinary as asset_id,
            version_number,
            verdict,
            verdict_reason
        from marts.fct_output_links
        where communication_key = ?
        order by file_name, ordinal, output_link_key
        limit ?
        """,
        [communication.communication_key, ADDRESSES_AT_MOST],
    )
    return Outputs(tuple(found))


@read_once
def _has_addresses(cursor: duckdb.DuckDBPyConnection) -> bool:
    if not has(cursor, TABLE):
        return False
    return cursor.execute("select 1 from marts.fct_output_links limit 1").fetchone() is not None
