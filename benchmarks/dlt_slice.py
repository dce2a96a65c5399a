"""The slice of a report through dlt with its defaults into DuckDB: run by `ingest` in dlt's own environment.

`python dlt_slice.py REPORT LINES FOLDER` prints the seconds from file to loaded. Nothing of assettrail is imported.
"""

import gzip
import itertools
import json
import os
import sys
import time

if __name__ == "__main__":
    report, lines, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    os.environ |= {"RUNTIME__LOG_LEVEL": "ERROR", "RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": folder}
    import dlt

    @dlt.resource(name="communications")
    def communications():
        """Every line of the report as it stands."""
        with gzip.open(report, "rt", encoding="utf-8") as file:
            for line in itertools.islice(file, lines):
                yield json.loads(line)

    started = time.perf_counter()
    destination = dlt.destinations.duckdb(f"{folder}/slice.duckdb")
    dlt.pipeline("slice", destination=destination, dataset_name="exstream", pipelines_dir=folder).run(communications())
    print(time.perf_counter() - started)
