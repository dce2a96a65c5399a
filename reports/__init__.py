"""The reports web application: what people read, over the published snapshot.

Here belong pages, their queries, their words and their drawings. Everything here is read-only: nothing writes to the
snapshot, the warehouse, the log or a vendor, and nothing here decides a verdict (that is `dbt_project/`).
"""
