with

asset_details as (

    select
        asset_id,
        public_id,
        _load_id,
        _loaded_at,
        _source_uri,
        _row_hash,
        _log_index,
        {{ each_json_object('backup_versions', {
            'version_id': 'VARCHAR', 'version': 'VARCHAR', 'size': 'VARCHAR', 'time': 'VARCHAR', 'restorable': 'VARCHAR'
        }) }} as backup
    from {{ source('cloudinary', 'asset_details') }}

),

numbered as (

    -- A backup that is told again says nothing new; whether it can be restored is as told last.
    select
        *,
        row_number() over (
            partition by asset_id, backup.version_id
            order by _loaded_at asc nulls last, _log_index asc nulls last, _row_hash asc nulls last
        ) as copy_number,
        last_value(backup.restorable) over (
            partition by asset_id, backup.version_id
            order by _loaded_at asc nulls last, _log_index asc nulls last, _row_hash asc nulls last
            rows between unbounded preceding and unbounded following
        ) as last_restorable
    from asset_details

)

select
    {{ surrogate_key(['asset_id', 'backup.version_id']) }} as backup_version_key,
    asset_id as asset_id_cloudinary,
    backup.version_id as version_id_cloudinary,
    public_id,
    -- Some of the vendor's clients write version and size as texts.
    {{ whole_number('backup.version') }} as version_number,
    {{ whole_number('backup.size') }} as size_bytes,
    coalesce(last_restorable = 'true', false) as is_restorable,
    {{ instant('backup.time') }} as backed_up_at,
    backup.time as backed_up_at_raw,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from numbered
where copy_number = 1
