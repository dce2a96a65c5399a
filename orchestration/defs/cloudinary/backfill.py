"""Cloudinary: past days read again, by the time of upload and of the last update. The other streams have no days."""

from ingest.cloudinary.listing import STREAM as RESOURCES
from orchestration.backfill import backfill_assets, backfill_job
from orchestration.defs.cloudinary.landing import STREAMS

cloudinary_days = backfill_assets("cloudinary", {RESOURCES: STREAMS[RESOURCES]})
backfill_cloudinary = backfill_job("cloudinary")
