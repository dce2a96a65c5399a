"""What was measured of a piece of feedback, kept: every candidate with its measures, and why nothing was proposed.

Here belong the record and its place under `home`. What was tried is kept under its own SHA-256, which stands in the
difference that a person approves; the latest outcome of each piece of feedback points to it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from assettrail.errors import EvidenceBroken
from assettrail.settings import Settings
from corrections.renditions.trial import Complaint, Trial
from corrections.store.kept_files import keep_file
from evidence.durable import make_folder_durably, make_home, write_durably
from evidence.leaves import canonical_json

Outcome = Literal["proposed", "changed", "known", "not proposed"]


@dataclass(frozen=True)
class Measurement:
    """The latest outcome of one piece of feedback; `trial_sha256` is None where nothing was fetched."""

    feedback_id: str
    measured_at: datetime
    snapshot_name: str
    outcome: Outcome
    reason: str
    trial_sha256: str | None

    def as_dict(self) -> dict[str, object]:
        """Return the outcome as plain values."""
        return {**asdict(self), "measured_at": self.measured_at.isoformat()}


def keep_trial(settings: Settings, complaint: Complaint, trial: Trial) -> str:
    """Keep everything that was tried and return its SHA-256; the same measures have the same."""
    record = {
        "complaint": {**asdict(complaint), "delivered": complaint.delivered.to_text()},
        "before": asdict(trial.before),
        "tried": [
            {
                "transformation": one.candidate.chain.to_text(),
                "measured": asdict(one.measured),
                "refused": list(one.refusals),
            }
            for one in trial.tried
        ],
        "chosen": None if trial.chosen is None else trial.chosen.candidate.chain.to_text(),
    }
    return keep_file(settings, canonical_json(record))


def keep_measurement(settings: Settings, measurement: Measurement) -> None:
    """Keep the outcome in place of the one before of the same feedback."""
    path = _folder(settings) / f"{hashlib.sha256(measurement.feedback_id.encode()).hexdigest()}.json"
    make_home(settings.home)
    make_folder_durably(path.parent)
    write_durably(path, canonical_json(measurement.as_dict()), 0o600)


def list_measurements(settings: Settings) -> Iterator[Measurement]:
    """Give the latest outcome of each piece of feedback, by its id. Raises EvidenceBroken when one cannot be read."""
    found = [_read(path) for path in _folder(settings).glob("*.json")]
    return iter(sorted(found, key=lambda one: one.feedback_id))


def _read(path: Path) -> Measurement:
    try:
        values = json.loads(path.read_bytes())
        return Measurement(**{**values, "measured_at": datetime.fromisoformat(values["measured_at"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise EvidenceBroken(
            tried=f"to read the measurement {path}",
            found=f"{type(error).__name__}: {error}",
            expected="the outcome as it was written",
            remedy="remove the file and measure the feedback again",
        ) from error


def _folder(settings: Settings) -> Path:
    return settings.home / "corrections" / "measurements"
