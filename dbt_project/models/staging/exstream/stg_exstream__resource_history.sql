with

resource_history as (

    select
        *,
        row_number() over (
            partition by domain, resource_id, version, revision, history_type, operation, modified_at_raw
            order by _row_hash asc nulls last, _loaded_at asc nulls last
        ) as copy_number
    from {{ source('exstream', 'resource_history') }}

)

select
    {{ surrogate_key([
        'domain', 'resource_id', 'version', 'revision', 'history_type', 'operation', 'modified_at_raw'
    ]) }} as resource_change_key,
    domain as domain_code,
    resource_id as resource_id_exstream,
    modified_by as modified_by_id,
    history_type,
    operation as operation_code,
    state as state_code,
    resource_type,
    audited_comment,
    version as version_number,
    revision as revision_number,
    {{ instant('modified_at_raw') }} as modified_at,
    modified_at_raw,
    written_times,
    _load_id,
    _loaded_at,
    _source_uri,
    _row_hash,
    _log_index
from resource_history
where copy_number = 1
