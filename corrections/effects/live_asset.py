"""Does Cloudinary serve, right now, the bytes that a correction is about to give to partners?

Here belongs one read per asset and its comparison with the approved difference. An address of Cloudinary delivers the
newest bytes, whatever version it names: if others are live than those that were approved, a link would send those.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from assettrail.errors import PermanentSourceError
from corrections.difference import Difference
from corrections.effects.effect import Conflict
from ingest.cloudinary.client import CloudinaryClient
from ingest.strict import JsonObject

_DELIVERED_OPENLY = "upload"


@dataclass
class LiveAssets:
    """The assets of one run as Cloudinary shows them, each asked for once."""

    client: CloudinaryClient
    _seen: dict[str, JsonObject | None] = field(default_factory=dict)

    def conflict_with(self, difference: Difference) -> Conflict | None:
        """Return why the desired bytes are not what is served, None when they are.

        Raises ConfigurationError and TransientSourceError of the client: then nothing is known, and nothing is sent.
        """
        try:
            asset = self._asset(difference.asset_id)
        except PermanentSourceError as error:
            return Conflict(f"Cloudinary's asset cannot be read: {error.found}")
        if asset is None:
            return Conflict("Cloudinary has no such asset any more")
        if asset.get("placeholder"):
            return Conflict("Cloudinary shows a placeholder: the asset was deleted or rejected")
        name = (asset.get("resource_type"), asset.get("type"), asset.get("public_id"))
        desired_name = (difference.resource_type, _DELIVERED_OPENLY, difference.public_id)
        if name != desired_name:
            return Conflict(f"the asset is {_words(name)} in Cloudinary, expected was {_words(desired_name)}")
        live = (asset.get("version"), asset.get("etag"))
        desired = (difference.desired.number, difference.desired.etag)
        if live != desired:
            return Conflict(
                f"Cloudinary serves version {live[0]} with etag {live[1]}, "
                f"approved was version {desired[0]} with etag {desired[1]}"
            )
        return None

    def _asset(self, asset_id: str) -> JsonObject | None:
        if asset_id not in self._seen:
            self._seen[asset_id] = self.client.asset(asset_id)
        return self._seen[asset_id]


def _words(name: tuple[object, ...]) -> str:
    return "/".join(map(str, name))
