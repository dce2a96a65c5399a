"""What the oracles of single controls ask of assets, answered from the same histories as verdicts.

Here belong the answers; the oracles that ask stand in modules of their own.
"""

import copy
from dataclasses import replace

from tests.oracle import audit_trail, decisions, launch_visuals, publications, rich_media, templates
from tests.oracle.histories import Asset, Record, eligible, seconds, text_of
from tests.oracle.verdicts import Verdicts


class Questions(Verdicts):
    """Verdicts, and what controls ask beside them."""

    # --- what decisions ask ---

    def _bytes_used(self, communication: Record, use: Record) -> decisions.Bytes:
        """The bytes that a use stands for: what it names itself, or what its link served."""
        at = seconds(communication["generated_at"])
        asset = self._asset_of(use, at)
        asset_id = use["asset_id"] or next((key for key, one in self.assets.items() if one is asset), None)
        if use["binding"] != "live_url":
            return decisions.Bytes(asset_id, use["version"], use["etag"])
        etags = self._candidates(asset, use, at) if asset else set()
        served = [version for _, version, etag in asset.uploads if etag in etags] if asset else []
        return decisions.Bytes(asset_id, max(served, default=None), etags.pop() if len(etags) == 1 else None)

    def _asset_id_named(self, public_id: str, communication: Record) -> str | None:
        asset = self._asset_of({"asset_id": None, "public_id": public_id}, seconds(communication["generated_at"]))
        return next((key for key, one in self.assets.items() if one is asset), None)

    def _returned(self, communication: Record, retrieval: Record, returned: Record) -> str:
        """The verdict of what a retrieval returned, for what it asked: offers were not asked for."""
        asked = {**communication, "offers": None, **retrieval["asked"]}
        return self._use(asked, {"public_id": None, "etag": None, "url": None, "binding": "embedded", **returned})

    def _image_used(self, communication: Record, use: Record) -> tuple[str | None, int | None]:
        """Format and width in pixels of the image behind a use, as it was uploaded."""
        used = self._bytes_used(communication, use)
        for record in self.records:
            is_version = record["kind"] in ("upload", "restore")
            if is_version and (record["asset_id"], record["version"]) == (used.asset_id, used.version):
                return record["format"], record["width"]
        return None, None

    # --- what templates ask ---

    def _assets_of_templates(self) -> templates.Assets:
        """What templates ask of assets, with the grace days that they have."""
        patient = copy.copy(self)
        patient.parameters = replace(self.parameters, grace_days=templates.GRACE_DAYS)

        def etags_until(asset_id: str, at: str) -> set[str]:
            return {etag for uploaded, _, etag in self.assets[asset_id].uploads if uploaded <= seconds(at)}

        def newest_now(asset_id: str, region: str | None) -> str | None:
            newest = self._newest_approved(self.assets[asset_id], (None, region, None))
            return newest[2] if newest else None

        return templates.Assets(
            of_bytes=lambda etag: [
                key for key, one in self.assets.items() if etag in {other for _, _, other in one.uploads}
            ],
            named=lambda name, at: self._asset_id_named(name, {"generated_at": at}),
            etags_of_version=lambda asset_id, version: {
                etag for _, number, etag in self.assets[asset_id].uploads if number == version
            },
            etags_until=etags_until,
            live_now=lambda asset_id: {
                etag
                for since, until, etag in self.assets[asset_id].live_from_to()
                if since <= self.evaluated_at < until
            },
            verdict_now=lambda asset_id, etag, region: patient._bytes(
                self.assets[asset_id], etag, self.evaluated_at, (None, region, None)
            ),
            newest_now=newest_now,
        )

    # --- communities ---

    def _verdict_now(self, asset_id: str, etag: str, region: str) -> str:
        """The verdict of bytes at the end, for the readers of a region."""
        return self._known_bytes(asset_id, etag, self.evaluated_at, region)

    def _may_publish(self, asset_id: str, region: str) -> bool:
        """Whether what an asset delivers is approved for the readers of a region now."""
        asset = self.assets[asset_id]
        newest = self._newest_approved(asset, (None, region, None))
        return newest is not None and asset.delivers(newest[2])

    def _known_bytes(self, asset_id: str, etag: str, at: int, region: str) -> str:
        """The verdict of bytes at an instant for the readers of a region, where notifications tell of both."""
        verdicts = self._verdicts_of_bytes(asset_id, etag, at, region)
        return verdicts.pop() if len(verdicts) == 1 else "AMBIGUOUS"

    def _verdicts_of_bytes(self, asset_id: str, etag: str, at: int, region: str) -> set[str]:
        """The verdicts of all bytes that may be meant."""
        asset, etags = self.assets.get(asset_id), self.meant.get(etag, {etag})
        if asset is None or at < self.coverage_from or not etags <= {other for _, _, other in asset.uploads}:
            return {"NO_EVIDENCE"}
        return {self._bytes(asset, one, at, (None, region, None)) for one in etags}

    def _publications(self) -> publications.Publications:
        """What of publications is told at the end."""

        def is_late(record: Record, region: str) -> bool:
            asset, at = self.assets[record["asset_id"]], seconds(record["occurred_at"])
            etags = self.meant.get(record["etag"], {record["etag"]})
            told = self._told(asset, etags, at, (None, region, None), "")
            return max(self.stage_ends[record["stage"]], told) > at + self.parameters.late_after_seconds

        known_assets = {
            record["asset_id"] for record in self.records if record["vendor"] == "cloudinary" and "asset_id" in record
        }

        def reason(record: Record, region: str, at: str | None) -> str | None:
            if record["asset_id"] not in known_assets:
                return "unresolved_reference"
            instant = seconds(at, self.evaluated_at)
            verdicts = self._verdicts_of_bytes(record["asset_id"], record["etag"], instant, region)
            return "several_candidates" if len(verdicts) > 1 else None

        known = publications.Known(self._verdict_at, self._verdict_now, is_late, reason)
        return publications.judge(self.records, known)

    def _verdict_at(self, asset_id: str, etag: str, region: str, at: str) -> str:
        """The verdict of bytes at an instant, for the readers of a region."""
        return self._known_bytes(asset_id, etag, seconds(at), region)

    def _verdict_of_publication(self, record: Record, region: str, at: str) -> str:
        """The verdict of what a publication shows, for the readers of a region, at an instant."""
        return self._verdict_at(record["asset_id"], record["etag"], region, at)

    def _approved_at(self, asset: Asset, region: str, at: str) -> list[int]:
        """Versions that are surely in force at an instant for the readers of a region."""
        return [
            version
            for _, version, etag in asset.uploads
            for approval in asset.approvals
            if approval.etag == etag
            and self._surely(approval, seconds(at))
            and eligible(approval, (None, region, None))
        ]

    def _assets_of_launches(self, verdicts: dict[str, str]) -> launch_visuals.Assets:
        def live_at(asset_id: str, at: str) -> list[tuple[str, str]]:
            instant, margin = seconds(at), self.parameters.uncertainty_seconds
            asset = self.assets.get(asset_id)
            if asset is None:
                # It is older than all notifications: something is live, and nobody knows what.
                return [("", "")]
            return [
                (etag, text_of(since))
                for since, until, etag in asset.live_from_to()
                if since <= instant + margin and until > instant - margin
            ]

        def last_upload(asset_id: str, etag: str, at: str) -> str | None:
            uploads = [since for since, _, other in self.assets[asset_id].uploads if other == etag]
            return max((text_of(since) for since in uploads if since <= seconds(at)), default=None)

        return launch_visuals.Assets(live_at, self._verdict_for, self._etags_used, last_upload, verdicts.__getitem__)

    def _assets_of_shares(self) -> audit_trail.Assets:
        def has_ended(asset_id: str, etag: str, at: str) -> bool:
            instant = seconds(at)
            approvals = self.assets.get(asset_id, Asset()).approvals
            own = [one for one in approvals if one.etag == etag and one.granted_at <= instant]
            return any(one.ended_at <= instant for one in own) and not any(one.ended_at > instant for one in own)

        def approver_at(asset_id: str, etag: str, region: str | None, at: str) -> str | None:
            for one in self.assets.get(asset_id, Asset()).approvals:
                if one.etag == etag and self._surely(one, seconds(at)) and eligible(one, (None, region or "", None)):
                    return one.approver
            return None

        return audit_trail.Assets(self._verdict_for, has_ended, approver_at)

    def _assets_of_targets(self) -> rich_media.Assets:
        def served(letter: Record, target: Record) -> tuple[str, set[str]] | None:
            at = seconds(letter["generated_at"])
            asset = self._asset_of(target, at)
            if asset is None:
                return None
            asset_id = next(key for key, one in self.assets.items() if one is asset)
            return asset_id, self._candidates(asset, {"binding": "live_url"}, at)

        def verdict_for(letter: Record, asset_id: str, etag: str) -> str:
            reader = (letter["segment"], letter["jurisdiction"], letter["offers"])
            return self._bytes(self.assets[asset_id], etag, seconds(letter["generated_at"]), reader, "exstream")

        def approved_now(letter: Record, target: Record) -> str | None:
            at, reader = self.evaluated_at, (letter["segment"], letter["jurisdiction"], letter["offers"])
            asset = self._asset_of(target, at)
            if asset is None or asset.is_deleted():
                return None
            (etag,) = self._candidates(asset, {"binding": "live_url"}, at)
            is_approved = self._bytes(asset, etag, at, reader) in ("PROVEN", "SUPERSEDED")
            return max(asset.names)[2] if is_approved and asset.delivers(etag) else None

        return rich_media.Assets(served, self._etags_used, verdict_for, approved_now)

    def _etags_used(self, letter: Record, use: Record) -> tuple[str | None, set[str]]:
        """The asset and the bytes that a use may stand for."""
        at = seconds(letter["generated_at"])
        asset = self._asset_of(use, at)
        asset_id = next((key for key, one in self.assets.items() if one is asset), None)
        return asset_id, self._candidates(asset, use, at) if asset else set()

    def _verdict_for(self, asset_id: str, etag: str, region: str | None, at: str) -> str:
        """The verdict of bytes at an instant, for the readers of a region; None: of every region."""
        return self._known_bytes(asset_id, etag, seconds(at), region or "")

    def _size_of(self, etag: str) -> int:
        """How many bytes a file has, where that is told: all others are small."""
        return max(r["bytes"] or 0 for r in self.records if r["kind"] == "upload" and r["etag"] == etag)
