"""Our own store as landing streams, every half hour: changes of corrections, dispositions of exceptions, accesses.

What the vendors show in our name is compared with the first; the others tell who decided and who saw what.
"""

from datetime import timedelta

from orchestration.landing import (
    CORRECTIONS,
    gate_checks,
    ingest_freshness,
    ingest_job,
    ingest_schedule,
    landing_assets,
)

STREAMS = {
    "transitions": "One row per change of a correction's state, with the difference that it was made with.",
    "dispositions": "One row per disposition that a person made of an exception.",
    "accesses": "One row per thing that a person saw, took out or was refused in the reports.",
}

corrections_landing = landing_assets(CORRECTIONS, STREAMS, ingest_freshness(timedelta(minutes=30)))
corrections_gate = gate_checks(CORRECTIONS, STREAMS)
ingest_corrections = ingest_job(CORRECTIONS)
ingest_corrections_schedule = ingest_schedule(CORRECTIONS, "5,35 * * * *")
