"""What the SDK raises, in our own words; and what is not the SDK's is left as the defect that it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from cloudinary import exceptions

from assettrail.clock import SystemClock
from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import ConfigurationError, PermanentSourceError, TransientSourceError
from ingest.cloudinary.sdk_calls import SdkCalls

SECRET = "canary-2b9d"


class _OfOurs(Exception):
    """An error of somebody else's that happens inside a call."""


def _asking(error: Exception) -> Callable[[], object]:
    """One call of the client that ends with this error."""
    section = CloudinarySettings.model_validate({"cloud_name": "c", "api_key": "k", "api_secret": SECRET})

    def fail(_options: dict[str, Any]) -> NoReturn:
        raise error

    return lambda: SdkCalls(section, SystemClock()).once("resources", fail)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Exception(f"Error 504 - upstream of {SECRET}"), TransientSourceError),
        (Exception("Error 423 - locked"), TransientSourceError),
        (exceptions.GeneralError("Error 500 - x"), TransientSourceError),
        (KeyError("message"), TransientSourceError),
        (exceptions.AuthorizationRequired("Error 401 - unknown api_key"), ConfigurationError),
        (exceptions.NotAllowed("Error 403 - x"), PermanentSourceError),
    ],
)
def test_what_the_sdk_raises_is_an_error_of_ours(error: Exception, kind: type[Exception]) -> None:
    """Harm prevented: a status that the SDK has no class for ends the ingest with a traceback."""
    with pytest.raises(kind) as caught:
        _asking(error)()
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("error", [Exception("Must supply cloud_name"), Exception("x"), _OfOurs("Error 504 - x")])
def test_a_defect_is_not_taken_for_a_vendor_that_is_down(error: Exception) -> None:
    """Harm prevented: a mistake in the code is repeated and told as "run again later", for ever."""
    with pytest.raises(type(error)) as caught:
        _asking(error)()
    assert caught.value is error
