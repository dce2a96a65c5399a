"""Exstream: its landing streams, from REST, hourly."""

from datetime import timedelta

from orchestration.landing import gate_checks, ingest_freshness, ingest_job, ingest_schedule, landing_assets

STREAMS = {
    "jobs": "One row per state of an orchestration job.",
    "flow_instances": "One row per state of a flow instance: one run of a flow model within a job.",
    "flow_steps": "One row per state of a flow step.",
    "delivery_outputs": "One row per customer in an output file of a delivery file; recipients are pseudonyms.",
    "engine_messages": "One row per message of the engine's message file.",
    "resource_references": "One row per resource version that a flow instance had at hand.",
    "communications": "One row per communication of an asset-use report: one intent to one recipient.",
    "renderings": "One row per rendering of a communication: one channel.",
    "asset_uses": "One row per asset use: one asset version in one rendition in one rendering. "
    "About 3 per communication.",
    "output_links": "One row per address of ours in an HTML output of a run, where such outputs are read.",
    "resources": "One row per state of a version of a design resource, with the hash of an image's content.",
    "resource_history": "One row per change of a design resource.",
    "design_links": "One row per use of a design resource by a version of another.",
    "resource_links": "One row per link of an image, or of an address in HTML, to an asset, or to none.",
}

exstream_landing = landing_assets("exstream", STREAMS, ingest_freshness(timedelta(hours=1)))
exstream_gate = gate_checks("exstream", STREAMS)
ingest_exstream = ingest_job("exstream")
ingest_exstream_schedule = ingest_schedule("exstream", "15 * * * *")
