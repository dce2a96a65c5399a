"""Ingesting streams of one source: extract, land, acknowledge, until the source has no more.

Here belong the loop that assets and command line both call, and which streams land beside one another. What lands and
in which order is `ingest.landing`; who may land now is `ingest.landing_turns`.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from assettrail.errors import ContractBroken, PermanentSourceError, SourceError, TransientSourceError
from ingest.extract import Extract, GivesStreamsBeside, JoinsSources, RemembersLanded, Source
from ingest.landing import Gate, LandedBatch, land
from ingest.landing_store import LandingStore
from ingest.landing_turns import LandingTurns
from ingest.schema import stream_schema
from ingest.service_clock import TellsClock

_DOWN = 2
"""So many streams that fail one behind the other mean that the service is down."""


def ingest_streams(
    source: Source, streams: Sequence[str], store: LandingStore, gate: Gate
) -> Iterator[tuple[str, list[LandedBatch]]]:
    """Land streams of a source in their order; give each with its batches, as `ingest_stream` does.

    Large streams that a source can give beside one another are made ready beside one another and beside those before
    them; their leaves are appended in the streams' order all the same, so that the same input gives the same log.
    A stream that its service does not give (SourceError) leaves the others alone: they
    land, and its error is raised at the end. Where two fail one behind the other it is the service: no other is asked,
    but those that are being made ready land all the same. Every other error is raised at once, likewise. A source that
    remembers is told when all of them have landed.
    """
    with store.raw.use.scope():  # From the first bytes that are kept to the last leaf that names them.
        large = source.beside() if isinstance(source, GivesStreamsBeside) else ()
        beside = [stream for stream in streams if stream in large]
        turns = LandingTurns(streams, beside)
        with ThreadPoolExecutor(max(1, len(beside)), thread_name_prefix="landing") as threads:
            try:
                waiting = {each: threads.submit(_ingest_beside, source, each, store, gate, turns) for each in beside}
                yield from _in_order(source, streams, store, gate, turns, waiting)
            finally:
                turns.end(*(stream for stream in streams if stream not in beside))
        if isinstance(source, RemembersLanded):
            source.has_landed(streams)


def _in_order(
    source: Source,
    streams: Sequence[str],
    store: LandingStore,
    gate: Gate,
    turns: LandingTurns,
    waiting: Mapping[str, Future[list[LandedBatch]]],
) -> Iterator[tuple[str, list[LandedBatch]]]:
    """Give each stream as it has landed; raise at the end what some were not given for."""
    failed: dict[str, SourceError] = {}
    in_a_row = 0
    for stream in streams:
        try:
            future = waiting.get(stream)
            landed = ingest_stream(source, stream, store, gate) if future is None else future.result()
        except SourceError as error:
            failed[stream] = error
            in_a_row += 1
            if in_a_row == _DOWN:
                break
        else:
            in_a_row = 0
            yield stream, landed
        finally:
            turns.end(stream)
    if failed:
        raise _told(source, failed)


def _told(source: Source, failed: Mapping[str, SourceError]) -> SourceError:
    """One error for all: the first one's, with what was found of the others."""
    (_, error), *others = failed.items()
    if not others:
        return error
    found = "".join(f"\n  {source.name}/{stream}: {other.found}" for stream, other in others)
    kind = PermanentSourceError if isinstance(error, PermanentSourceError) else TransientSourceError
    told = kind(error.tried, f"{error.found}; and{found}", error.expected, error.remedy)
    told.__cause__ = error
    return told


def _ingest_beside(
    source: Source, stream: str, store: LandingStore, gate: Gate, turns: LandingTurns
) -> list[LandedBatch]:
    try:
        return ingest_stream(source, stream, store, gate, turns)
    finally:
        turns.end(stream)


def ingest_stream(
    source: Source, stream: str, store: LandingStore, gate: Gate, turns: LandingTurns | None = None
) -> list[LandedBatch]:
    """Land everything that a source has for a stream since its cursor; at least one batch, as nothing is a claim too.

    The stream is held alone from reading the cursor to the last leaf. The source is told (`acknowledge`) only
    when the leaf is durable, so that a kill repeats and never loses. `turns` tell when, to streams beside one another.
    Of a source that joins several, each that has the stream is read to its end, one after the other, with claims of its
    own. Raises what the source and landing raise; batches that landed before stay landed.
    """
    sources = source.sources_of(stream) if isinstance(source, JoinsSources) else (source,)
    landed: list[LandedBatch] = []
    with store.raw.use.scope(), store.locked(source.name, stream):
        for number, each in enumerate(sources, start=1):
            landed += _ingest_from(each, stream, store, gate, turns, is_last_source=number == len(sources))
    return landed


def _ingest_from(
    source: Source,
    stream: str,
    store: LandingStore,
    gate: Gate,
    turns: LandingTurns | None,
    *,
    is_last_source: bool,
) -> Iterator[LandedBatch]:
    schema = stream_schema(source.name, stream)
    while True:
        since = store.cursor(source.name, stream)
        extract = with_clock_told(source, source.extract(stream, since))
        if turns is None:
            landed = land(store, schema, extract, gate)
        else:
            with turns.landing(stream, extract.records, is_last=is_last_source and not extract.more) as turn:
                landed = land(store, schema, extract, gate, turn)
        if extract.acknowledge is not None:
            extract.acknowledge()
        yield landed
        if not extract.more:
            return
        if not extract.records and extract.cursor == since:
            raise _stands_still(schema.label, extract)


def with_clock_told(source: Source, extract: Extract) -> Extract:
    """The extract, its claim with what the service's clock was seen to be off, if it was."""
    note = source.service_clock.note if isinstance(source, TellsClock) else ""
    if not note:
        return extract
    return replace(extract, claim=replace(extract.claim, detail=f"{extract.claim.detail}; {note}"))


def _stands_still(label: str, extract: Extract) -> ContractBroken:
    return ContractBroken(
        tried=f"to read on in {label}",
        found=f"an extract without records that asks for another one and keeps the cursor {extract.cursor}",
        expected="records, or another cursor, whenever `more` is set",
        remedy="correct the source: it would be asked for ever",
    )
