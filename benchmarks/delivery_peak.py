"""The peak memory of reading one delivery file, in a process that does nothing else: run by `ingest`.

`python -m benchmarks.delivery_peak FILE` prints mebibytes.
"""

import re
import sys
from pathlib import Path

from ingest.exstream.delivery_file import delivery_batches


def peak_mib() -> int:
    """The most memory that this process has held, in MiB, by the kernel's high-water mark.

    `getrusage` will not do: what it tells goes on from the parent across fork and exec.
    """
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    assert found is not None
    return int(found[1]) // 1024


if __name__ == "__main__":
    with Path(sys.argv[1]).open("rb") as file:
        assert sum(len(batch.outputs) for batch in delivery_batches(file)) > 1000
    print(peak_mib())
