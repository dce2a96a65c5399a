"""What some addresses of the small world ask for: one breaks the policy of its channel. All others keep to it."""

from collections.abc import Mapping
from typing import Any

#: By communication: what its delivery URL says.
ADDRESSES: Mapping[str, Mapping[str, Any]] = {
    "proven-before-deletion": {"delivery_transformation": "c_scale,f_auto,w_2401"},
}
