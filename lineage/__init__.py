"""What machines read of us: column lineage, OpenLineage events and their delivery, W3C PROV documents.

Everything here is derived from the log, the dbt models and published snapshots, and nothing here is evidence: it can
be deleted and derived again. It writes to no vendor and reads none.
"""
