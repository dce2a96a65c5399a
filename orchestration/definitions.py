"""The code location: everything under `orchestration/defs`, with the resources it runs with.

Loads with an empty environment; settings are read when something runs.
"""

import dagster as dg

import orchestration.defs
from orchestration.resources import AssettrailResource, dbt_resource

defs = dg.Definitions.merge(
    dg.load_definitions_from_package_module(orchestration.defs),
    dg.Definitions(
        resources={"assettrail": AssettrailResource(), "dbt": dbt_resource()},
        executor=dg.in_process_executor,
    ),
)
