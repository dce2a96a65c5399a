"""When it runs: Dagster assets, checks, sensors, schedules and jobs over the parts of the house.

Only this package imports Dagster. What a run does is written in `ingest`, `quality`, `dbt_project`, `publish` and
`corrections`; here it is only called, in order, and shown.
"""
