"""How many asset uses have which verdict, of everything or of one asset.

Here belongs the row that pages and their pictures share. What a verdict is called is `reports.words`.
"""

from __future__ import annotations

from dataclasses import dataclass

from reports.words import VerdictWords, verdict_words


@dataclass(frozen=True)
class VerdictCount:
    """One row per verdict: how many asset uses have it."""

    verdict: str
    asset_use_count: int

    @property
    def words(self) -> VerdictWords:
        """The words of the verdict."""
        return verdict_words(self.verdict)
