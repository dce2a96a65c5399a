"""`assettrail sources cloudinary budget`: what is left of the hour's calls, and what waits for them."""

from assettrail.clock import clock_from
from assettrail.errors import ConfigurationError
from assettrail.output import print_facts
from assettrail.settings import load_settings


def budget() -> None:
    """Show the hour's allowance of Admin API calls as the last run left it, and what waits; Cloudinary is not asked."""
    from ingest.cloudinary.budget import shared_budget

    settings = load_settings()
    section = settings.cloudinary
    if section is None:
        raise ConfigurationError(
            tried="to show the budget of Cloudinary calls",
            found="no section [cloudinary] in the settings",
            expected="its cloud name and credentials",
            remedy="see docs/settings.md; check them with `assettrail sources check`",
        )
    calls = shared_budget(settings.home, section, clock_from(settings))
    print_facts({"cloud": section.cloud_name, **calls.facts()})
