"""Memory that processes have in common: what one writes another one reads, on systems with and without `memfd`."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ingest.exstream.shared_memory import SharedMemories


@pytest.mark.parametrize("is_linux", [True, False])
def test_a_process_reads_what_another_one_writes(monkeypatch: pytest.MonkeyPatch, is_linux: bool) -> None:
    """Lines of another chunk in the memory of this one would land as this one's."""
    if not is_linux:
        monkeypatch.delattr(os, "memfd_create")
    shared = SharedMemories(2, 4096)
    words = (
        "import sys; from ingest.exstream.shared_memory import found; "
        "print([bytes(one[:5]) for one in found([int(one) for one in sys.argv[1:]])])"
    )
    for memory, text in zip(shared.memories, (b"first", b"other"), strict=True):
        memory[:5] = text
    command = [sys.executable, "-c", words, *map(str, shared.descriptors)]
    found = subprocess.run(command, check=True, capture_output=True, text=True, pass_fds=shared.descriptors)
    assert found.stdout == "[b'first', b'other']\n"
    assert [memory.number for memory in shared.memories] == [0, 1]
    shared.close()
    assert shared.memories == []
