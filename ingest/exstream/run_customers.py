"""How many customers of an engine run its delivery file has outputs for, against the number that it states itself.

Here belongs the count, in memory that grows with the highest number of a customer and not with the outputs. A file of
another structure than the one sample that was seen shows by it: XML that is sound and tells of nobody. Not here: what
an output is (`delivery_outputs`), and what is claimed of the file (the sources).
"""

from __future__ import annotations

from operator import attrgetter
from typing import Final

import numpy as np

from ingest.exstream.delivery_outputs import DeliveryBatch
from ingest.exstream.delivery_text import rejected

_HIGHEST_NUMBER: Final = 1 << 26
"""`customer number` counts the customers of a run: a number beyond this is none that was counted."""
_NUMBER_OF: Final = attrgetter("customer_number")


class RunCustomers:
    """The different customers of a run that has `stated` ones, None where its delivery file does not say."""

    def __init__(self, stated: int | None) -> None:
        self._stated = stated or 0
        self._seen = np.zeros(1, dtype=np.bool_)
        self._has_any = False

    def add(self, batch: DeliveryBatch) -> None:
        """Count the customers of a batch."""
        self._has_any = self._has_any or bool(batch.outputs or batch.refused)
        if not self._stated:
            return
        numbers = np.fromiter(map(_NUMBER_OF, batch.outputs), np.int64, len(batch.outputs))
        numbers = numbers[numbers < _HIGHEST_NUMBER]
        highest = int(numbers.max(initial=0))
        if highest >= len(self._seen):
            more = np.zeros(max(highest + 1 - len(self._seen), len(self._seen)), dtype=np.bool_)
            self._seen = np.concatenate([self._seen, more])
        self._seen[numbers] = True

    def refuse_nobody(self) -> None:
        """Raise RecordRejected where customers are stated and no output was found: the file is of another structure."""
        if self._stated and not self._has_any:
            raise rejected(f"no output, and {self._stated} customers that it says were processed")

    def short(self, flow_instance_id: str) -> list[str]:
        """The doubt about a file with fewer different customers than it states, in words."""
        counted = int(np.count_nonzero(self._seen))
        if counted >= self._stated:
            return []
        short = f"outputs for {counted} of the {self._stated} customers that it states"
        return [f"the delivery file of flow instance {flow_instance_id} has {short}"]
