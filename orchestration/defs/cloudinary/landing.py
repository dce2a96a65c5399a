"""Cloudinary: its landing streams, hourly."""

from datetime import timedelta

from orchestration.landing import gate_checks, ingest_freshness, ingest_job, ingest_schedule, landing_assets

STREAMS = {
    "metadata_fields": "One row per state of a structured metadata field, with its datasource.",
    "notifications": "One row per resource named by a verified poll notification: uploads, renames, deletes, "
    "metadata changes; who triggered it and when. About 3 per asset and version.",
    "resources": "One row per state of an asset as the full listing shows it, with tags, context and metadata.",
}

cloudinary_landing = landing_assets("cloudinary", STREAMS, ingest_freshness(timedelta(hours=1)))
cloudinary_gate = gate_checks("cloudinary", STREAMS)
ingest_cloudinary = ingest_job("cloudinary")
ingest_cloudinary_schedule = ingest_schedule("cloudinary", "5 * * * *")
