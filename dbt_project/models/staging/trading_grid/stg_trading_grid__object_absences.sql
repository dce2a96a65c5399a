with

object_absences as (

    select
        *,
        row_number() over (
            partition by stream, object_key, listed_at_raw
            order by _loaded_at asc nulls last, _row_hash asc nulls last, _log_index asc nulls last
        ) as copy_number
    from {{ source('trading_grid', 'object_absences') }}

)

select
    {{ surrogate_key(['stream', 'object_key', 'listed_at_raw']) }} as object_absence_key,
    stream as stream_name,
    object_key as object_id,
    community_id as community_id_trading_grid,
    partner_id as partner_id_trading_grid,
    publication_id as publication_id_trading_grid,
    is_absent,
    {{ instant('listed_at_raw') }} as listed_at,
    listed_at_raw,
    {{ instant('last_seen_at_raw') }} as last_seen_at,
    last_seen_at_raw,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from object_absences
where copy_number = 1
