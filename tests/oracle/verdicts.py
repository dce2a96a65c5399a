"""The naive oracle's verdicts: the records read once, and each use or publication judged by plain loops.

Here belong the rules of verdicts. What controls ask beside a verdict is `questions`; controls are `naive`.
"""

from typing import Any

from tests.oracle.addresses import is_in_doubt, possible_names
from tests.oracle.histories import DAY, FOR_EVER, Approval, Asset, Parameters, Record, eligible, seconds, stretches


class Verdicts:
    """Judges uses and bytes by a whole list of records at the end of its last stage."""

    def __init__(self, records: list[Record], parameters: Parameters | None = None) -> None:
        """Read the records once, in the order in which they happened."""
        self.parameters = parameters or Parameters()
        self.records = records
        self.assets: dict[str, Asset] = {}
        self.coverage_from = FOR_EVER
        self.stage_ends: dict[int, int] = {}
        for record in records:
            if record["kind"] == "create_triggers":
                self.coverage_from = seconds(record["occurred_at"])
            if record["kind"] == "stage_end":
                self.stage_ends[record["stage"]] = seconds(record["occurred_at"])
        self.evaluated_at = max(self.stage_ends.values())
        for record in records:
            if record["vendor"] == "cloudinary":
                self._notify(record)
        #: The bytes that a publication may mean, by what stands for its etag where it names none.
        self.meant: dict[str, set[str]] = {}
        self.records = [self._as_meant(record) if record["kind"] == "publish" else record for record in records]

    def _notify(self, record: Record) -> None:
        at = seconds(record["occurred_at"])
        if at < self.coverage_from or "asset_id" not in record:
            return
        asset = self.assets.setdefault(record["asset_id"], Asset())
        if record["kind"] in ("upload", "restore"):
            asset.uploads.append((at, record["version"], record["etag"]))
            if not asset.names or asset.names[-1][1] != FOR_EVER:
                asset.names.append((at, FOR_EVER, record["public_id"]))
        elif record["kind"] == "rename":
            if asset.names:
                since, _, name = asset.names.pop()
                asset.names.append((since, at, name))
            asset.names.append((at, FOR_EVER, record["to_public_id"]))
        elif record["kind"] == "delete":
            asset.deletions.append(at)
            since, _, name = asset.names.pop()
            asset.names.append((since, at, name))
        elif record["kind"] == "approve":
            self._grant(asset, record, at)
        elif record["kind"] == "revoke":
            for approval in asset.approvals:
                if approval.etag == record["etag"] and approval.ended_at == FOR_EVER:
                    approval.ended_at = at

    def _as_meant(self, record: Record) -> Record:
        """A publication with the asset that it means, and with what stands for its bytes where it names none."""
        if record["etag"] is not None:
            return record
        at = seconds(record["occurred_at"])
        asset = self._asset_of(record, at)
        uploads = asset.uploads if asset else []
        until = at + self.parameters.uncertainty_seconds
        etags = {
            etag
            for uploaded, version, etag in uploads
            if (version == record["version"] if record["version"] else uploaded <= until)
        }
        stands_for = f"what {record['publication_id']} means"
        self.meant[stands_for] = etags
        asset_id = next((key for key, one in self.assets.items() if one is asset), "nobody's")
        return {**record, "asset_id": asset_id, "etag": stands_for}

    def _grant(self, asset: Asset, record: Record, at: int) -> None:
        spoken_of = self._spoken_of(record, at)
        for etag in sorted(spoken_of):
            self._grant_bytes(asset, etag, record, at, is_certain=len(spoken_of) == 1)

    def _spoken_of(self, record: Record, at: int) -> set[str]:
        """The bytes that an approval names, else all that were live at some time within its second."""
        if record["etag"] is not None:
            return {record["etag"]}
        uploads = []
        for other in self.records:
            if other["kind"] in ("upload", "restore") and other["asset_id"] == record["asset_id"]:
                uploaded = seconds(other["occurred_at"])
                if self.coverage_from <= uploaded <= at:
                    uploads.append((uploaded, other["etag"]))
        before = max((uploaded for uploaded, _ in uploads if uploaded < at), default=at)
        return {etag for uploaded, etag in uploads if uploaded in (before, at)} or {""}

    def _grant_bytes(self, asset: Asset, etag: str, record: Record, at: int, *, is_certain: bool) -> None:
        granted = Approval(
            etag=etag,
            approver=record["actor"],
            granted_at=at,
            told_at=seconds(record["told_at"]),
            valid_from=seconds(record["valid_from"]),
            valid_to=seconds(record["valid_to"], FOR_EVER),
            segments=record["segments"],
            jurisdictions=record["jurisdictions"],
            offers=record["offers"],
            is_certain=is_certain,
        )
        for approval in asset.approvals:
            if approval.etag == etag and approval.ended_at == FOR_EVER:
                if approval.says() == granted.says():
                    return
                approval.ended_at = at
        asset.approvals.append(granted)

    def _use(self, communication: Record, use: Record) -> str:
        at = seconds(communication["generated_at"])
        meant = self._meant_by(use, at)
        covered_until = self.evaluated_at - self._margin(at, "exstream")
        if not meant or not self.coverage_from <= at <= covered_until:
            return "NO_EVIDENCE"
        if len(meant) > 1:
            return "AMBIGUOUS"
        asset = meant[0]
        etags = self._candidates(asset, use, at)
        uploaded = {etag for _, _, etag in asset.uploads}
        if not etags or not etags <= uploaded:
            return "NO_EVIDENCE"
        reader = (communication["segment"], communication["jurisdiction"], communication["offers"])
        verdicts = {self._bytes(asset, etag, at, reader, "exstream") for etag in etags}
        if len(verdicts) > 1:
            return "AMBIGUOUS"
        verdict = verdicts.pop()
        recorded_at = max(self.stage_ends[communication["stage"]], self._told(asset, etags, at, reader))
        if verdict == "PROVEN" and recorded_at > at + self.parameters.late_after_seconds:
            return "PROVEN_LATE"
        return verdict

    def _told(self, asset: Asset, etags: set[str], at: int, reader: tuple[Any, ...], clock: str = "exstream") -> int:
        """The end of the stage in which the first approval was told that makes the bytes good; 0 without one."""
        told = [
            approval.told_at
            for approval in asset.approvals
            if approval.etag in etags and self._surely(approval, at, clock) and eligible(approval, reader)
        ]
        return min((end for end in self.stage_ends.values() if told and end >= min(told)), default=0)

    def _meant_by(self, use: Record, at: int) -> list[Asset]:
        """The assets that a use may mean: more than one where its address can be read in several ways."""
        names = possible_names(use) if is_in_doubt(use) else [use["public_id"]]
        found = (self._asset_of({"asset_id": use["asset_id"], "public_id": name}, at) for name in names)
        return [asset for asset in found if asset is not None]

    def _asset_of(self, reference: Record, at: int) -> Asset | None:
        if reference["asset_id"] is not None:
            return self.assets.get(reference["asset_id"])
        for asset in self.assets.values():
            for since, until, name in asset.names:
                if name == reference["public_id"] and since <= at < until:
                    return asset
        return None

    def _candidates(self, asset: Asset, use: Record, at: int) -> set[str]:
        uncertainty = self._margin(at, "exstream")
        etags = set()
        if use["binding"] == "live_url":
            for since, until, etag in asset.live_from_to():
                if since <= at + uncertainty and until > at - uncertainty:
                    etags.add(etag)
        elif use["etag"] is not None:
            etags.add(use["etag"])
        else:
            for _, version, etag in asset.uploads:
                if version == use["version"]:
                    etags.add(etag)
        return etags

    def _margin(self, at: int, clock: str = "") -> int:
        """Seconds beside an instant of a vendor's clock at which nothing is ordered; nobody's is a sound one."""
        return self.parameters.uncertainty_seconds + self.parameters.off(clock, at)

    def _bytes(self, asset: Asset, etag: str, at: int, reader: tuple[Any, ...], clock: str = "") -> str:
        own = [approval for approval in asset.approvals if approval.etag == etag]
        surely = [approval for approval in own if self._surely(approval, at, clock)]
        if any(eligible(approval, reader) for approval in surely):
            return "SUPERSEDED" if self._is_superseded(asset, etag, at, reader, clock) else "PROVEN"
        if surely:
            return "NOT_ELIGIBLE"
        if any(self._possibly(approval, at, clock) for approval in own):
            return "AMBIGUOUS"
        for approval in own:
            if approval.granted_at < at < approval.ended_at and approval.valid_to <= at:
                return "EXPIRED"
        return "NOT_APPROVED"

    def _surely(self, approval: Approval, at: int, clock: str = "") -> bool:
        uncertainty, off = self._margin(at, clock), self.parameters.off(clock, at)
        measured = approval.granted_at <= at - uncertainty and approval.ended_at > at + uncertainty
        is_declared = approval.valid_from <= at - off and at + off < approval.valid_to
        return approval.is_certain and measured and is_declared

    def _possibly(self, approval: Approval, at: int, clock: str = "") -> bool:
        uncertainty, off = self._margin(at, clock), self.parameters.off(clock, at)
        measured = approval.granted_at <= at + uncertainty and approval.ended_at > at - uncertainty
        return measured and approval.valid_from <= at + off and at - off < approval.valid_to

    def _is_superseded(self, asset: Asset, etag: str, at: int, reader: tuple[Any, ...], clock: str) -> bool:
        uncertainty = self._margin(at, clock)
        last_upload = self._last_upload(asset, etag, at, clock)
        for uploaded, _, other in asset.uploads:
            if uploaded <= last_upload or uploaded > at - uncertainty or other == etag:
                continue
            for since, measured_to, declared_to in stretches(asset, other, reader, at + uncertainty):
                in_force = max(since, uploaded)
                stands = measured_to > at + uncertainty and declared_to > at
                if stands and in_force <= at - uncertainty and in_force + self._grace(at) < at:
                    return True
        return False

    def _last_upload(self, asset: Asset, etag: str, at: int, clock: str) -> int:
        limit = at + self._margin(at, clock)
        return max(uploaded for uploaded, _, other in asset.uploads if other == etag and uploaded <= limit)

    def _grace(self, at: int) -> int:
        days = 0
        for since, value in self.parameters.grace_days:
            if seconds(since) <= at:
                days = value
        return days * DAY

    def _newest_approved(self, asset: Asset, reader: tuple[Any, ...]) -> tuple[int, int, str, int] | None:
        """Uploaded at, version, etag and approved since (without a break) of the newest version in force now."""
        newest = None
        for uploaded, version, etag in asset.uploads:
            for approval in asset.approvals:
                in_force = approval.etag == etag and self._surely(approval, self.evaluated_at)
                if in_force and eligible(approval, reader):
                    since = stretches(asset, etag, reader, self.evaluated_at)[-1][0]
                    newest = (uploaded, version, etag, since)
        return newest
