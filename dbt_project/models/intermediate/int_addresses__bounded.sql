-- The end of the claims is a mark here, as it moves: docs/decisions/0050-an-end-that-moves-with-the-claims-is-a-mark.md
-- depends_on: {{ ref('int_versions__affected') }}
{{ replaced_by_asset('int_versions__affected') }}

with

names_in_order as (

    select
        *,
        lag(held_to) over (
            partition by asset_id_cloudinary, public_id, resource_type, delivery_type
            order by held_from asc nulls last, held_to asc nulls last
        ) as previous_held_to
    from {{ of_assets(ref('int_asset_names__held'), ref('int_versions__affected')) }} as held

),

stretched_names as (

    select
        *,
        sum(case when previous_held_to = held_from then 0 else 1 end) over (
            partition by asset_id_cloudinary, public_id, resource_type, delivery_type
            order by held_from asc nulls last, held_to asc nulls last
            rows between unbounded preceding and current row
        ) as stretch_number
    from names_in_order

),

names as (

    -- Every upload names its asset anew: without a break it is one holding.
    select
        asset_id_cloudinary,
        public_id,
        resource_type,
        delivery_type,
        min(held_from) as held_from,
        max(held_to) as held_to
    from stretched_names
    group by asset_id_cloudinary, public_id, resource_type, delivery_type, stretch_number

),

versions as (

    select * from {{ of_assets(ref('int_asset_versions__bounded'), ref('int_versions__affected')) }} as bounded

),

spans as (

    select
        names.public_id,
        names.resource_type,
        names.delivery_type,
        versions.asset_version_key,
        versions.asset_id_cloudinary,
        versions.etag,
        versions.version_number,
        versions.is_sure_as_claimed,
        case when versions.live_surely_to < versions.live_to then versions.live_surely_to end as doubtful_from,
        greatest(versions.live_from, names.held_from) as served_from,
        least(versions.live_to, names.held_to) as served_to
    from names
    inner join versions
        on
            names.asset_id_cloudinary = versions.asset_id_cloudinary
            and names.held_from < versions.live_to
            and names.held_to > versions.live_from

),

keyed as (

    select
        *,
        {{ surrogate_key([
            'public_id', 'resource_type', 'delivery_type', 'asset_version_key', 'served_from', 'served_to'
        ]) }} as served_span_key
    from spans

)

-- What an address served: the versions of the asset that held its name, while it held it.
select
    served_span_key,
    {{ join_key('served_span_key') }} as span_join_key,
    public_id,
    resource_type,
    delivery_type,
    asset_version_key,
    asset_id_cloudinary,
    etag,
    version_number,
    is_sure_as_claimed,
    doubtful_from,
    served_from,
    served_to
from keyed
