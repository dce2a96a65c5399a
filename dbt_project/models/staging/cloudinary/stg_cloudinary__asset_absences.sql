with

asset_absences as (

    select
        *,
        row_number() over (
            partition by asset_id, listed_at_raw
            order by _loaded_at asc nulls last, _row_hash asc nulls last, _log_index asc nulls last
        ) as copy_number
    from {{ source('cloudinary', 'asset_absences') }}

)

select
    {{ surrogate_key(['asset_id', 'listed_at_raw']) }} as asset_absence_key,
    asset_id as asset_id_cloudinary,
    resource_type,
    type as delivery_type,
    public_id,
    version as version_number,
    is_absent,
    {{ instant('listed_at_raw') }} as listed_at,
    listed_at_raw,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from asset_absences
where copy_number = 1
