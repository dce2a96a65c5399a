"""Exstream: past days read again, by the days on which jobs ran. Streams of Design show what is now: no days."""

from ingest.exstream.source import STREAMS as STREAMS_OF_A_WALK
from orchestration.backfill import backfill_assets, backfill_job
from orchestration.defs.exstream.landing import STREAMS

exstream_days = backfill_assets("exstream", {name: STREAMS[name] for name in STREAMS_OF_A_WALK})
backfill_exstream = backfill_job("exstream")
