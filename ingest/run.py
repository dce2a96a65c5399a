"""Ingesting one stream of one source: extract, land, acknowledge, until the source has no more.

Here belongs the loop that assets and command line both call. What lands and in which order is
`ingest.landing`.
"""

from assettrail.errors import ContractBroken
from ingest.extract import Extract, Source
from ingest.landing import Gate, LandedBatch, land
from ingest.landing_store import LandingStore
from ingest.schema import stream_schema


def ingest_stream(source: Source, stream: str, store: LandingStore, gate: Gate) -> list[LandedBatch]:
    """Land everything that a source has for a stream since its cursor; at least one batch, as nothing is a claim too.

    The stream is held alone from reading the cursor to the last leaf. The source is told (`acknowledge`) only
    when the leaf is durable, so that a kill repeats and never loses. Raises what the source and landing
    raise; batches that landed before stay landed.
    """
    schema = stream_schema(source.name, stream)
    landed: list[LandedBatch] = []
    with store.locked(source.name, stream):
        while True:
            since = store.cursor(source.name, stream)
            extract = source.extract(stream, since)
            landed.append(land(store, schema, extract, gate))
            if extract.acknowledge is not None:
                extract.acknowledge()
            if not extract.more:
                return landed
            if not extract.records and extract.cursor == since:
                raise _stands_still(schema.label, extract)


def _stands_still(label: str, extract: Extract) -> ContractBroken:
    return ContractBroken(
        tried=f"to read on in {label}",
        found=f"an extract without records that asks for another one and keeps the cursor {extract.cursor}",
        expected="records, or another cursor, whenever `more` is set",
        remedy="correct the source: it would be asked for ever",
    )
