"""Random histories that arrive in pieces: what a seed makes is landed arrival by arrival.

Here belongs making them. That an increment after each arrival equals a build from nothing is compared in
`test_random_arrivals`. Assets live in families that share names and nothing else, so that one build tries many
histories under the same claims. Instants come from a small pool around the ends of windows, for what happens at the
very second, or within the clock uncertainty, is what goes wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from tests.dbt.landing_fixture import Landing
from tests.dbt.small_world_rows import Row, approve, asset_id, embedded, epoch, live, notification, revoke, upload

FIRST_DAY = datetime(2026, 3, 1, tzinfo=UTC)
LAST_DAY = 8
SECONDS = (-3, -2, -1, 0, 0, 0, 1, 2, 3)
ETAGS = ("e1", "e2", None)
LIFE_KINDS = ("upload", "upload", "upload", "approve", "approve", "revoke", "rename", "delete", "restore", "unnamed")
TERMS: Sequence[Row] = ({}, {}, {"segments": ["retail"]}, {"approval_valid_to": "2026-03-05"}, {"segments": {"x": 1}})
ARRIVALS = 5

Step = Callable[[Landing], None]


@dataclass
class History:
    """Everything that one seed lands: `arrivals` of steps, the first one the largest."""

    seed: int
    families: int
    arrivals: list[list[Step]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the arrivals."""
        self.chance = Random(self.seed)
        self.is_orderly = self.chance.random() < 0.6
        self.claimed_to = self.chance.randint(2, 6)
        self.ends = [_day(day) + timedelta(seconds=self.chance.choice(SECONDS)) for day in range(LAST_DAY + 1)]
        self.rows_made = 0
        self.told: list[Row] = []
        self.instants = [self._family_instants() for _ in range(self.families)]
        first = [self._claim(0, self.claimed_to), *(self._notifications(1.5) for _ in range(3))]
        first += [self._shown("resources", 0.5), self._shown("asset_details", 0.3), self._shown("asset_contents", 0.3)]
        first += [self._listing(), self._listing()]
        first += [*self._communications(), *(self._any_step() for _ in range(self.chance.randint(0, 4)))]
        self.chance.shuffle(first)
        self.arrivals.append(first)
        for _ in range(1, ARRIVALS):
            self.arrivals.append([self._any_step() for _ in range(self.chance.choice((1, 1, 1, 2, 4)))])

    def _any_step(self) -> Step:
        kinds: Sequence[Callable[[], Step]] = (
            self._next_claim,
            self._next_claim,
            self._listing,
            self._listing,
            lambda: self._notifications(0.2),
            lambda: self._shown("resources", 0.1),
            lambda: self._shown("asset_details", 0.1),
            lambda: self._shown("asset_contents", 0.1),
            self._decision,
            lambda: self.chance.choice(self._communications(1)),
        )
        return self.chance.choice(kinds)()

    # Windows and claims.

    def _claim(self, begin: int, end: int) -> Step:
        """A claim from day to day; both ends are a little off, the same for each."""
        window = (_text(self.ends[begin]), _text(self.ends[end]))
        return lambda landing: landing.land("cloudinary", "notifications", [], window=window)

    def _next_claim(self) -> Step:
        if self.is_orderly and self.chance.random() < 0.8:
            begin = self.claimed_to
            self.claimed_to = min(begin + self.chance.choice((1, 1, 1, 2)), LAST_DAY)
            return self._claim(begin, self.claimed_to)
        window = self._window()
        outcome = self.chance.choice(("accepted", "accepted", "accepted", "held", "rejected"))
        quarantined = self.chance.choice((0, 0, 0, 1))
        is_complete = self.chance.random() < 0.8
        rows = self._told_rows(0.2) if outcome != "accepted" else []

        def land(landing: Landing) -> None:
            landing.land("cloudinary", "notifications", rows, window=window, outcome=outcome, is_complete=is_complete)
            landing.batches[-1]["quarantined"] = quarantined

        return land

    def _window(self) -> tuple[str, str]:
        begin, end = sorted((self._instant(), self._instant()))
        return (_text(begin), _text(begin if self.chance.random() < 0.1 else end))

    def _decision(self) -> Step:
        outcome = self.chance.choice(("accepted", "rejected"))

        def decide(landing: Landing) -> None:
            for batch in landing.batches:
                if batch["outcome"] == "held":
                    batch["outcome"] = outcome
                    return

        return decide

    # What Cloudinary tells and shows.

    def _notifications(self, each: float) -> Step:
        rows = self._told_rows(each)
        window = self._window()
        is_complete = self.chance.random() < 0.2
        outcome = "held" if self.chance.random() < 0.1 else "accepted"
        return lambda landing: landing.land(
            "cloudinary", "notifications", rows, window=window, is_complete=is_complete, outcome=outcome
        )

    def _told_rows(self, each: float) -> list[Row]:
        rows = [self._told(family) for family in self._families(each)]
        self.told += rows
        return rows

    def _families(self, each: float) -> Iterator[int]:
        """Every family, so many times on average."""
        for family in range(self.families):
            while self.chance.random() < each / (1 + each):
                yield family

    def _told(self, family: int) -> Row:
        chance = self.chance
        name, at = self._asset(family), self._at(family)
        etag = self._etag(at)
        kind = chance.choice(LIFE_KINDS)
        named = {"public_id": self._name(family)}
        match kind:
            case "upload":
                row = {**upload(name, at, ""), **named, "etag": etag, "is_overwritten": chance.choice((None, True))}
                if chance.random() < 0.2:
                    row["new_metadata"] = {"approval_status": "approved", "approved_by": "bob"}
            case "approve":
                before = chance.choice(("draft", "approved"))
                row = {**approve(name, at, etag, before=before, **chance.choice(TERMS)), **named}
            case "revoke":
                row = {**revoke(name, at, etag or ""), **named}
                if etag is None:
                    row["new_metadata"] = {"approval_status": "revoked"}
            case "rename":
                row = {**notification(kind, name, at), "to_public_id": self._name(family)}
                row["from_public_id"] = row["public_id"] = self._name(family)
            case "delete":
                row = {**notification(kind, name, at), **named}
            case "restore":
                is_full = chance.random() < 0.4
                row = {**notification(kind, name, at), **named}
                row |= {"version": epoch(at) if is_full else None, "etag": etag if is_full else None}
            case _:
                kind = chance.choice(("upload", "rename", "delete", "restore"))
                row = {**notification(kind, name, at), **named, "asset_id": None}
        self.rows_made += 1
        row["digest"] = f"{family}/{self.rows_made}"
        copied = [told for told in self.told if str(told["digest"]).startswith(f"{family}/")]
        if copied and chance.random() < 0.07:
            row["digest"] = chance.choice(copied)["digest"]
        return row

    def _shown(self, stream: str, each: float) -> Step:
        """Rows of a listing, of details or of fetched contents."""
        made = {"resources": self._resource, "asset_details": self._detail, "asset_contents": self._content}[stream]
        rows = [made(family) for family in self._families(each)]
        at = self._instant()
        loaded_at = _text(self._instant() if self.chance.random() < 0.3 else at)
        return lambda landing: landing.land("cloudinary", stream, rows, window=(None, _text(at)), loaded_at=loaded_at)

    def _resource(self, family: int) -> Row:
        return {
            "asset_id": asset_id(self._asset(family)),
            "public_id": self._name(family),
            "resource_type": "image",
            "type": "upload",
            "version": epoch(self._at(family)),
            "created_at_raw": min(self._at(family), self._at(family)),
            "is_placeholder": self.chance.random() < 0.05,
        }

    def _detail(self, family: int) -> Row:
        row, at = self._resource(family), self._at(family)
        backup = {"version_id": f"backup-{family}", "version": str(epoch(self._at(family))), "size": "9"}
        backups = [backup] if self.chance.random() < 0.2 else None
        return {**row, "version": epoch(at), "etag": self._etag(at), "backup_versions": backups}

    def _content(self, family: int) -> Row:
        at = self._at(family)
        return {
            "asset_id": asset_id(self._asset(family)),
            "version": epoch(at),
            "etag": self._etag(at) or "e0",
            "way": "delivery",
            "outcome": "fetched",
            "is_etag_matched": True,
            "seen_sha256": "f" * 64,
            "is_original_kept": False,
        }

    def _listing(self) -> Step:
        """A full listing, mostly complete and of what changes nothing; some assets are absent or there again."""
        at, each = self._instant(), self.chance.choice((0, 0, 0, 0.1, 0.3))
        loaded_at = _text(self._instant() if self.chance.random() < 0.3 else at)
        rows = [
            {
                "asset_id": asset_id(self._asset(family)),
                "listed_at_raw": _text(at),
                "is_absent": self.chance.random() < 0.6,
                "public_id": self._name(family),
                "resource_type": "image",
                "type": "upload",
                "version": epoch(self._at(family)),
            }
            for family in self._families(each)
        ]
        unlike = {row["asset_id"]: row for row in rows}
        is_complete = self.chance.random() < 0.9
        return lambda landing: landing.land(
            "cloudinary",
            "asset_absences",
            list(unlike.values()),
            window=(None, _text(at)),
            loaded_at=loaded_at,
            is_complete=is_complete,
        )

    # What Exstream composed.

    def _communications(self, each: float = 2) -> list[Step]:
        communications, renderings, uses = [], [], []
        for family in self._families(each):
            self.rows_made += 1
            key = {"domain": "claims", "communication_id": f"{family}/{self.rows_made}"}
            said = {"flow_instance_id": "run", "document_type": "bill", "segment": "retail", "jurisdiction": "US-CA"}
            generated_at = self.chance.choice((self._at(family), _text(self._instant())))
            communications.append({**key, **said, "generated_at_raw": generated_at})
            renderings.append({**key, "rendering_id": "r1", "channel": self.chance.choice(("email", "print"))})
            place = {"rendering_id": "r1", "ordinal": 1}
            uses.append({**key, **place, **self._reference(family)})
        window = (_text(_day(0)), _text(_day(LAST_DAY)))
        streams = {"communications": communications, "renderings": renderings, "asset_uses": uses}

        def landed(stream: str) -> Step:
            return lambda landing: landing.land("exstream", stream, streams[stream], window=window)

        return [landed(stream) for stream in streams]

    def _reference(self, family: int) -> Row:
        if self.chance.random() < 0.5:
            return live(self._name(family))
        at = self._at(family)
        return embedded(self._asset(family), at, self.chance.choice((self._etag(at), None)))

    # The pools.

    def _instant(self) -> datetime:
        seconds = self.chance.choice(SECONDS)
        return _day(self.chance.randint(0, LAST_DAY)) + timedelta(seconds=seconds)

    def _family_instants(self) -> list[datetime]:
        """The few instants at which a family's versions begin and most else of it happens; many lie early."""
        last_day = self.chance.randint(1, LAST_DAY)
        return [
            _day(self.chance.randint(0, last_day)) + timedelta(seconds=self.chance.choice(SECONDS))
            for _ in range(self.chance.choice((1, 2, 2, 3, 4)))
        ]

    def _at(self, family: int) -> str:
        if self.chance.random() < 0.03:
            return _text(self._instant())
        return _text(self.chance.choice(self.instants[family]))

    def _etag(self, at: str) -> str | None:
        """The bytes of a version: mostly the same ones for the same instant."""
        return self.chance.choice((*ETAGS, *3 * (f"e{epoch(at) % 5}",)))

    def _asset(self, family: int) -> str:
        return f"f{family}{self.chance.choice('aab')}"

    def _name(self, family: int) -> str:
        return f"f{family}/{self.chance.choice('xxy')}"


def _day(number: int) -> datetime:
    return FIRST_DAY + timedelta(days=number)


def _text(at: datetime) -> str:
    return at.isoformat()
