"""The landing schemas: what every other part builds on."""

import pytest

from assettrail.errors import ContractBroken
from ingest.schema import STREAMS, StreamSchema, stream_schema


def test_there_are_the_streams_of_the_three_systems_and_the_outbox() -> None:
    """A stream that falls out of the table would silently never be landed or projected again."""
    counts = {system: sum(name[0] == system for name in STREAMS) for system, _ in STREAMS}
    assert counts == {"cloudinary": 10, "exstream": 14, "trading_grid": 23, "corrections": 3}


@pytest.mark.parametrize("schema", STREAMS.values(), ids=lambda schema: schema.label)
def test_every_key_column_is_required(schema: StreamSchema) -> None:
    """A NULL in a key never equals itself: the same record would land again on every run."""
    assert set(schema.key) <= schema.required <= set(schema.columns)


def test_an_unknown_stream_is_named_with_what_there_is() -> None:
    """A typing mistake in a stream's name must not look like an empty stream."""
    with pytest.raises(ContractBroken, match="exstream/asset_uses"):
        stream_schema("exstream", "asset_use")


def test_required_columns_are_not_nullable_in_the_file() -> None:
    """The Parquet schema says what is promised, so that other readers need not guess."""
    arrow = stream_schema("exstream", "asset_uses").arrow_schema()
    assert not arrow.field("communication_id").nullable
    assert arrow.field("etag").nullable
    assert arrow.names[-5:] == ["_load_id", "_loaded_at", "_source_uri", "_row_hash", "_raw_hash"]
