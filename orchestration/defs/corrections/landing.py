"""The outbox as a landing stream, every half hour: what the vendors show in our name is compared with it."""

from datetime import timedelta

from orchestration.landing import (
    CORRECTIONS,
    gate_checks,
    ingest_freshness,
    ingest_job,
    ingest_schedule,
    landing_assets,
)

STREAMS = {"transitions": "One row per change of a correction's state, with the difference that it was made with."}

corrections_landing = landing_assets(CORRECTIONS, STREAMS, ingest_freshness(timedelta(minutes=30)))
corrections_gate = gate_checks(CORRECTIONS, STREAMS)
ingest_corrections = ingest_job(CORRECTIONS)
ingest_corrections_schedule = ingest_schedule(CORRECTIONS, "5,35 * * * *")
