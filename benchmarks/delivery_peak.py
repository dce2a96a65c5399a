"""The peak memory of reading one delivery file, in a process that does nothing else: run by `ingest`.

`python -m benchmarks.delivery_peak FILE` prints mebibytes.
"""

import resource
import sys
from pathlib import Path

from ingest.exstream.delivery_file import delivery_batches

if __name__ == "__main__":
    with Path(sys.argv[1]).open("rb") as file:
        assert sum(len(batch.outputs) for batch in delivery_batches(file)) > 1000
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
