"""The exposure of every live link: what its cause said, or what the making of its asset says.

Here belongs the collecting. Behind a link of business as usual newer bytes come, and are approved some time after they
came (`background.py`); behind a link of a planted case happens what its cause said, or nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sandbox.scenario.events import DeliveryLink, ForeignLink
from sandbox.scenario.letters import Letter
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.stages import CDN_SECONDS, CLOCK_SECONDS, END, exposure_seconds
from sandbox.scenario.use_cause import AMBIGUOUS, NO_EVIDENCE, NOT_APPROVED, PROVEN, PROVEN_LATE


@dataclass(frozen=True, slots=True)
class ToldExposure:
    """The verdict over the exposure of one link so far, and whether it may still be opened at the end."""

    use_id: str
    so_far: str
    is_open: bool

    @property
    def verdict(self) -> str:
        """What is said of the whole exposure: while it is open nothing is proven."""
        return NO_EVIDENCE if self.is_open and self.so_far in (PROVEN, PROVEN_LATE) else self.so_far


def told_exposures(letters: Iterable[Letter], background: Sequence[AssetHistory]) -> Iterator[ToldExposure]:
    """The exposure of each link of the letters; `background` are the assets of business as usual."""
    usual = {name: asset for asset in background for _, name in asset.names}
    for letter in letters:
        at = letter.communication.generated_at
        for rendering in letter.communication.renderings:
            for use in rendering.uses:
                if not isinstance(use.reference, DeliveryLink | ForeignLink):
                    continue
                use_id = f"{letter.communication.communication_id}/{rendering.rendering_id}/{use.ordinal}"
                ends = at + exposure_seconds(rendering.channel, at)
                verdict = letter.exposures.get(use_id, letter.verdicts[use_id])
                if isinstance(use.reference, DeliveryLink) and use.reference.public_id in usual:
                    asset = usual[use.reference.public_id]
                    verdict = _of_usual(asset, at, min(ends, END - CLOCK_SECONDS)) or verdict
                yield ToldExposure(use_id, verdict, ends > END - CLOCK_SECONDS)


def _of_usual(asset: AssetHistory, at: int, until: int) -> str | None:
    """What became of a link to an asset of business as usual up to an instant; None: nothing.

    Its newer bytes stand there unapproved for a while, if not for ever. As long as an edge may serve the older ones
    that is in doubt.
    """
    renamed = min((since for since, _ in asset.names[1:] if since > at), default=END)
    found = None
    for earlier, version in zip([None, *asset.versions], asset.versions, strict=False):
        came, granted = version.uploaded_at, _granted(asset, version)
        if earlier and at - CDN_SECONDS < came <= at and _granted(asset, earlier) > at:
            found = found or AMBIGUOUS
        if not at < came < renamed or came - CLOCK_SECONDS > until:
            continue
        if came + CDN_SECONDS <= until and granted > came + CDN_SECONDS + CLOCK_SECONDS:
            return NOT_APPROVED
        found = AMBIGUOUS
    return found


def _granted(asset: AssetHistory, version: Version) -> int:
    """When a version was approved; never is after the end."""
    return min((at for at, granted in asset.grants if granted is version), default=END)
