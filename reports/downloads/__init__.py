"""Whole snapshots as files: the page with the manifest, and the DuckDB and Parquet files to take away.

Rows of one page are `reports.exports`.
"""
