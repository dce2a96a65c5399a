"""Rows that leave the reports as files: CSV, JSON and Parquet of everything that the address asks for.

A page hands over a `Listing` (its rows as one question, without the cut into pages) and gets these forms:
`.csv` for a spreadsheet, `.rows.json` without any loss, `.parquet` for an analyst's tool, and `.csv-metadata.json`,
which tells a program what the CSV holds. What a page shows belongs to the page; copies of the whole snapshot are
`reports.downloads`.
"""
