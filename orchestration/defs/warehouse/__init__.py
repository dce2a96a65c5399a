"""From landed batches to a published snapshot: projection of the log, dbt, reconciliation, publish."""
