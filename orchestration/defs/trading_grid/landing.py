"""Trading Grid / Active Community: its landing streams, every half hour, since partners wait for answers."""

from datetime import timedelta

from orchestration.landing import gate_checks, ingest_freshness, ingest_job, ingest_schedule, landing_assets

STREAMS = {
    "communities": "One row per state of a community.",
    "partners": "One row per state of a trading partner.",
    "members": "One row per state of a partner's membership in a community.",
    "publications": "One row per state of a publication: one asset version in one community.",
    "accesses": "One row per delivery, opening or download of a publication by a partner.",
    "acknowledgements": "One row per acknowledgement by a partner: portal, 997 or 824.",
    "cases": "One row per state of a partner's case.",
    "thread_messages": "One row per message in a case's thread; identifiers in its text are masked.",
}

DOCUMENTS = {
    "documents": "One row per state of a document in a mailbox.",
    "catalogue_images": "One row per state of an image of an item in Active Catalogue.",
}
LAUNCHES = {
    "launches": "One row per state of a launch.",
    "launch_requirements": "One row per state of an asset, in one market and format, that a launch needs.",
    "launch_messages": "One row per message in a launch's discussion; identifiers in its text are masked.",
    "tasks": "One row per state of a task.",
    "flags": "One row per state of a partner's flag on missing or wrong content.",
    "format_requests": "One row per state of a partner's request for another format.",
}
REQUESTS = {
    "feedback": "One row per state of a partner's report on how an asset loads or looks.",
    "searches": "One row per search by a partner; identifiers in its terms are masked.",
    "community_needs": "One row per state of a variant that a community needs.",
    "distributions": "One row per asset that was sent to a partner.",
}
ABSENCES = {
    "object_absences": "One row per object and complete full listing that lacks it, though the service told of it.",
}
ANSWERS = {
    "functional_acknowledgements": "One row per group and set that a 997 answers: it could be read.",
    "application_advices": "One row per answer of an 824: its content was taken or not.",
}

trading_grid_landing = landing_assets("trading_grid", STREAMS, ingest_freshness(timedelta(minutes=30)))
trading_grid_gate = gate_checks("trading_grid", STREAMS)
trading_grid_document_landing = landing_assets(
    "trading_grid", DOCUMENTS, ingest_freshness(timedelta(minutes=30)), part="trading_grid_documents"
)
trading_grid_document_gate = gate_checks("trading_grid", DOCUMENTS, part="trading_grid_documents")
trading_grid_launch_landing = landing_assets(
    "trading_grid", LAUNCHES, ingest_freshness(timedelta(minutes=30)), part="trading_grid_launches"
)
trading_grid_launch_gate = gate_checks("trading_grid", LAUNCHES, part="trading_grid_launches")
trading_grid_request_landing = landing_assets(
    "trading_grid", REQUESTS, ingest_freshness(timedelta(minutes=30)), part="trading_grid_requests"
)
trading_grid_request_gate = gate_checks("trading_grid", REQUESTS, part="trading_grid_requests")
trading_grid_answer_landing = landing_assets(
    "trading_grid", ANSWERS, ingest_freshness(timedelta(minutes=30)), part="trading_grid_answers"
)
trading_grid_answer_gate = gate_checks("trading_grid", ANSWERS, part="trading_grid_answers")
trading_grid_absence_landing = landing_assets(
    "trading_grid", ABSENCES, ingest_freshness(timedelta(minutes=30)), part="trading_grid_absences"
)
trading_grid_absence_gate = gate_checks("trading_grid", ABSENCES, part="trading_grid_absences")
ingest_trading_grid = ingest_job("trading_grid")
ingest_trading_grid_schedule = ingest_schedule("trading_grid", "*/30 * * * *")
