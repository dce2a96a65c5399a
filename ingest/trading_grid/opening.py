"""From the settings to the parts of the Trading Grid adapter: reading context, drop mappings, mailbox, both at once.

Here belongs the wiring of settings and keys, and nothing else. The `trading_grid` section may be absent when a folder
is read: then there is no mapping and no partner's zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from assettrail.errors import ContractBroken
from assettrail.settings import Settings
from assettrail.trading_grid_settings import TradingGridSettings
from evidence.keys import load_keys
from ingest.cloudinary.delivery_url import parse_delivery_url
from ingest.extract import Extract, Source
from ingest.landing_store import LandingStore
from ingest.pseudonym import mask_identifiers
from ingest.trading_grid.context import Context
from ingest.trading_grid.drop_mapping import load_drop_mapping
from ingest.trading_grid.drop_source import DropSource, Place


def trading_grid_context(settings: Settings) -> Context:
    """What reading Trading Grid's objects needs besides them: masking, how addresses are read, partners' zones."""
    cloudinary = settings.cloudinary
    read_address = partial(
        parse_delivery_url,
        hosts=tuple(host.lower() for host in cloudinary.delivery_hosts) if cloudinary else (),
        cloud=cloudinary.cloud_name if cloudinary else None,
    )
    section = settings.trading_grid
    return Context(mask_identifiers, read_address, section.partner_zones if section else {})


def open_drops(settings: Settings, store: LandingStore, place: Place) -> DropSource:
    """Open the files of a place as a source for this installation's landing; nothing is read yet.

    Raises ConfigurationError when a key is missing or a mapping file of `trading_grid.drops` has mistakes.
    """
    load_keys(settings.keys.folder)
    section = settings.trading_grid or TradingGridSettings()
    return DropSource(
        place=place,
        mappings=[load_drop_mapping(path) for path in section.drops],
        context=trading_grid_context(settings),
        clock=store.clock,
        keep_raw=store.put_raw,
        read_raw=store.raw.get,
    )


class _Beside:
    """A source beside one that tells the newest: what it gives in every run is told once."""

    name = "trading_grid"

    def __init__(self, source: Source) -> None:
        self._source = source

    def streams(self) -> tuple[str, ...]:
        """The streams in landing order."""
        return self._source.streams()

    def extract(self, stream: str, since: Mapping[str, object] | None) -> Extract:
        """What the source gives. Raises what it raises."""
        return replace(self._source.extract(stream, since), is_retold=True)


class TradingGridStreams:
    """Several sources of one system, the service first. Of a stream that more than one has, all are read.

    A service tells of what is in it; partners' exports and X12 answers are facts beside that, each with its own claim.
    """

    name = "trading_grid"

    def __init__(self, *sources: Source) -> None:
        self._sources = sources
        self._order = tuple(dict.fromkeys(stream for source in sources for stream in source.streams()))

    def streams(self) -> tuple[str, ...]:
        """The streams in landing order."""
        return self._order

    def source_of(self, stream: str) -> Source | None:
        """The first source that gives a stream, which is the service where it has it; None where none has."""
        return next((source for source in self._sources if stream in source.streams()), None)

    def sources_of(self, stream: str) -> tuple[Source, ...]:
        """All sources that give a stream, the service last: its claim speaks of a window, that of files never does.

        Raises ContractBroken for a stream that none has.
        """
        first = self._known(stream)
        others = [source for source in self._sources if source is not first and stream in source.streams()]
        return (*(_Beside(source) for source in others), first)

    def extract(self, stream: str, since: Mapping[str, object] | None) -> Extract:
        """What the first source of a stream gives; `sources_of` has the others. ContractBroken where none has it."""
        return self._known(stream).extract(stream, since)

    def _known(self, stream: str) -> Source:
        source = self.source_of(stream)
        if source is None:
            raise ContractBroken(
                tried=f"to extract trading_grid/{stream}",
                found="neither a service nor a mailbox that has it",
                expected=f"one of {', '.join(self._order)}",
                remedy="set trading_grid.base_url or trading_grid.mailbox, or do not ask for it",
            )
        return source
