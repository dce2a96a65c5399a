with

transitions as (

    select
        *,
        row_number()
            over (partition by transition_id order by _loaded_at asc nulls last, _row_hash asc nulls last)
            as copy_number
    from {{ source('corrections', 'transitions') }}

)

select
    {{ surrogate_key(['transition_id']) }} as transition_key,
    transition_id,
    correction_key,
    difference_hash,
    correlation_id,
    object_id,
    community_id as community_id_trading_grid,
    asset_id as asset_id_cloudinary,
    kind,
    from_state,
    to_state,
    made_by as made_by_id,
    object_type,
    public_id,
    new_public_id,
    lower(nullif(desired_etag, '')) as desired_etag,
    desired_version as desired_version_number,
    {{ instant('at_raw') }} as occurred_at,
    at_raw as occurred_at_raw,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from transitions
where copy_number = 1
