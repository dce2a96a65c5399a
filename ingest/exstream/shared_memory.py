"""Memory that a process and those that it starts have in common.

Here belong making such memory, and finding it in a process that was started. What lies in it, and whose turn it is to
write, is `report_file` and `report_workers`. A pipe would have the kernel copy each chunk twice, in pieces, and wake
both processes for each piece.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Sequence


class SharedMemory(mmap.mmap):
    """Memory by its number among those that a process has in common with others; it goes with its last user."""

    number: int


class SharedMemories:
    """As many pieces of memory as are wanted, of one size each, in files without a name.

    Processes that are started with `descriptors` left open find them by `found`.
    """

    def __init__(self, count: int, size: int) -> None:
        self.descriptors = [_nameless_file() for _ in range(count)]
        for descriptor in self.descriptors:
            os.ftruncate(descriptor, size)
        self.memories = [_mapped(number, one, size) for number, one in enumerate(self.descriptors)]

    def close(self) -> None:
        """Let the files go; memory that is still looked at goes with who looks at it."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []
        self.memories = []


def found(descriptors: Sequence[int]) -> list[mmap.mmap]:
    """The memory behind descriptors that another process has left open to this one, to be read only."""
    return [mmap.mmap(descriptor, 0, prot=mmap.PROT_READ) for descriptor in descriptors]


def _mapped(number: int, descriptor: int, size: int) -> SharedMemory:
    memory = SharedMemory(descriptor, size)
    memory.number = number
    return memory


def _nameless_file() -> int:
    """An open file that has no name and goes with its last descriptor; in memory where the system has such files."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("report-chunk")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
