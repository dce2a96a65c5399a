"""The code location: everything under `orchestration/defs`, with the resources it runs with.

Loads with an empty environment; settings are read when something runs.
"""

import warnings

import dagster as dg
from dagster_shared.utils.warnings import PreviewWarning

import orchestration.defs
from orchestration.resources import AssettrailResource, BuildFileResource, dbt_resource

# Autoloading by package is marked as preview; the versions are pinned, so it cannot change under us.
warnings.simplefilter("ignore", PreviewWarning)

defs = dg.Definitions.merge(
    dg.load_definitions_from_package_module(orchestration.defs),
    dg.Definitions(
        resources={"assettrail": AssettrailResource(), "build_file": BuildFileResource(), "dbt": dbt_resource()},
        executor=dg.in_process_executor,
    ),
)
