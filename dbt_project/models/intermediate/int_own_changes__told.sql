{#- What of a column is not said, as text. -#}
{%- set nothing = 'cast(null as ' ~ text_type() ~ ')' -%}

with

publications as (

    select * from {{ ref('stg_trading_grid__publications') }}

),

case_messages as (

    select * from {{ ref('stg_trading_grid__thread_messages') }}

),

launch_messages as (

    select * from {{ ref('stg_trading_grid__launch_messages') }}

),

distributions as (

    select * from {{ ref('stg_trading_grid__distributions') }}

),

design_changes as (

    select * from {{ ref('stg_exstream__resource_history') }}

),

resources as (

    select * from {{ ref('stg_exstream__resources') }}

),

notifications as (

    select * from {{ ref('stg_cloudinary__notifications') }}

),

replaced as (

    -- The service withdraws what a publication replaces, in its publisher's name: one change, judged as that
    -- publication.
    select distinct withdrawn.publication_key
    from publications as withdrawn
    inner join publications as replacing
        on
            withdrawn.publication_id_trading_grid = replacing.replaces_publication_id
            and withdrawn.withdrawn_at <= {{ seconds_from('replacing.published_at', own_change_leeway()) }}
            and withdrawn.withdrawn_at >= {{ seconds_from('replacing.published_at', '-' ~ own_change_leeway()) }}

),

told as (

    select
        'publication' as change_type,
        publication_key as change_key,
        publication_id_trading_grid as subject_id,
        publication_id_trading_grid as object_id,
        community_id_trading_grid as community_id,
        asset_id_cloudinary as asset_id,
        public_id,
        published_by_id as account_id,
        case when {{ has_own_mark('correlation_id') }} then correlation_id end as mark,
        {{ nothing }} as change_code,
        etag,
        version_number,
        published_at as changed_at,
        _log_index as log_index
    from publications
    where published_by_id in {{ own_accounts('trading_grid') }} or {{ has_own_mark('correlation_id') }}

    union all

    select
        'withdrawal' as change_type,
        publications.publication_key as change_key,
        publications.publication_id_trading_grid || '/withdrawn' as subject_id,
        publications.publication_id_trading_grid as object_id,
        publications.community_id_trading_grid as community_id,
        publications.asset_id_cloudinary as asset_id,
        publications.public_id,
        publications.withdrawn_by_id as account_id,
        {{ nothing }} as mark,
        {{ nothing }} as change_code,
        publications.etag,
        publications.version_number,
        publications.withdrawn_at as changed_at,
        publications._log_index as log_index
    from publications
    left join replaced
        on publications.publication_key = replaced.publication_key
    where publications.withdrawn_by_id in {{ own_accounts('trading_grid') }} and replaced.publication_key is null

    union all

    select
        'case_message' as change_type,
        case_message_key as change_key,
        message_id_trading_grid as subject_id,
        case_id_trading_grid as object_id,
        {{ nothing }} as community_id,
        {{ nothing }} as asset_id,
        linked_public_id as public_id,
        author_name as account_id,
        case when {{ has_own_mark('correlation_id') }} then correlation_id end as mark,
        {{ nothing }} as change_code,
        {{ nothing }} as etag,
        linked_version_number as version_number,
        posted_at as changed_at,
        _log_index as log_index
    from case_messages
    where author_name in {{ own_accounts('trading_grid') }} or {{ has_own_mark('correlation_id') }}

    union all

    select
        'launch_message' as change_type,
        launch_message_key as change_key,
        message_id_trading_grid as subject_id,
        launch_id_trading_grid as object_id,
        {{ nothing }} as community_id,
        {{ nothing }} as asset_id,
        {{ nothing }} as public_id,
        author_name as account_id,
        case when {{ has_own_mark('correlation_id') }} then correlation_id end as mark,
        {{ nothing }} as change_code,
        {{ nothing }} as etag,
        cast(null as bigint) as version_number,
        posted_at as changed_at,
        _log_index as log_index
    from launch_messages
    where author_name in {{ own_accounts('trading_grid') }} or {{ has_own_mark('correlation_id') }}

    union all

    -- The service does not say who sent artwork: only the mark does.
    select
        'distribution' as change_type,
        distribution_key as change_key,
        distribution_id_trading_grid as subject_id,
        partner_id_trading_grid as object_id,
        community_id_trading_grid as community_id,
        asset_id_cloudinary as asset_id,
        public_id,
        {{ nothing }} as account_id,
        correlation_id as mark,
        {{ nothing }} as change_code,
        etag,
        version_number,
        occurred_at as changed_at,
        _log_index as log_index
    from distributions
    where {{ has_own_mark('correlation_id') }}

    union all

    select
        'design_change' as change_type,
        design_changes.resource_change_key as change_key,
        coalesce(resources.resource_name, design_changes.resource_id_exstream)
        || '/' || cast(design_changes.version_number as {{ text_type() }})
        || '/' || coalesce(design_changes.state_code, design_changes.operation_code) as subject_id,
        design_changes.domain_code || '/' || design_changes.resource_id_exstream as object_id,
        {{ nothing }} as community_id,
        {{ nothing }} as asset_id,
        {{ nothing }} as public_id,
        design_changes.modified_by_id as account_id,
        {{ own_mark_of_comment('design_changes.audited_comment') }} as mark,
        design_changes.state_code as change_code,
        {{ nothing }} as etag,
        cast(null as bigint) as version_number,
        design_changes.modified_at as changed_at,
        design_changes._log_index as log_index
    from design_changes
    left join resources
        on
            design_changes.domain_code = resources.domain_code
            and design_changes.resource_id_exstream = resources.resource_id_exstream
            and design_changes.version_number = resources.version_number
    where
        design_changes.modified_by_id in {{ own_accounts('exstream') }}
        or {{ has_own_mark('design_changes.audited_comment') }}

    union all

    -- Files derived ahead change neither bytes nor approval. A mark that stands in an asset's context was put there
    -- once.
    select
        'asset_change' as change_type,
        notification_key as change_key,
        coalesce(public_id, to_public_id, asset_id_cloudinary) || '/' || notification_type as subject_id,
        asset_id_cloudinary as object_id,
        {{ nothing }} as community_id,
        asset_id_cloudinary as asset_id,
        coalesce(public_id, to_public_id) as public_id,
        triggered_by_id as account_id,
        context_mark as mark,
        notification_type as change_code,
        etag,
        version_number,
        occurred_at as changed_at,
        _log_index as log_index
    from notifications
    where
        context_mark is not null
        or (
            triggered_by_id in {{ own_accounts('cloudinary') }}
            and asset_id_cloudinary is not null
            and notification_type <> 'eager'
        )

)

select
    {{ surrogate_key(['change_type', 'change_key']) }} as own_change_key,
    subject_id,
    object_id,
    community_id as community_id_trading_grid,
    asset_id as asset_id_cloudinary,
    account_id,
    mark as correlation_id,
    change_type,
    change_code,
    public_id,
    etag,
    version_number,
    changed_at,
    log_index as _log_index
from told
