-- depends_on: {{ ref('int_assets__affected') }}
{{ replaced_by_asset('int_assets__affected') }}

with

versions as (

    select * from {{ of_assets(ref('int_asset_versions__told'), ref('int_assets__affected')) }} as told

),

notifications as (

    select * from {{ ref('stg_cloudinary__notifications_anew') }}

),

absences as (

    select * from {{ of_assets(ref('int_asset_absences__ended'), ref('int_assets__affected')) }} as ended_absences

),

contents as (

    -- Other bytes than the version's say nothing of its form.
    select
        asset_id_cloudinary,
        version_number,
        etag,
        outcome,
        case when is_etag_matched then seen_content_hash end as content_hash,
        case when is_etag_matched then format_code end as format_code,
        case when is_etag_matched then size_bytes end as size_bytes,
        case when is_etag_matched then width_px end as width_px,
        case when is_etag_matched then height_px end as height_px
    from {{ of_assets(ref('stg_cloudinary__asset_contents'), ref('int_assets__affected')) }} as fetched

),

assets as (

    select * from {{ of_assets(ref('stg_cloudinary__resources'), ref('int_assets__affected')) }} as shown

),

first_uploads as (

    select
        *,
        rank() over (partition by asset_id_cloudinary order by live_from asc nulls last) as upload_number
    from versions
    where is_notified and evidence_source <> 'unclear'

),

first_overwritings as (

    select
        asset_id_cloudinary,
        bool_and(is_overwritten) as has_overwritten
    from first_uploads
    where upload_number = 1
    group by asset_id_cloudinary

),

creations as (

    -- When the asset was made: by the listing, else by the first upload seen, unless that one overwrote another.
    select
        versions.asset_id_cloudinary,
        case
            when min(assets.created_at) is null and bool_or(first_overwritings.has_overwritten) then {{ open_start() }}
            else least(min(assets.created_at), min(versions.live_from))
        end as asset_created_at
    from versions
    left join assets
        on versions.asset_id_cloudinary = assets.asset_id_cloudinary
    left join first_overwritings
        on versions.asset_id_cloudinary = first_overwritings.asset_id_cloudinary
    group by versions.asset_id_cloudinary

),

changes as (

    select
        asset_id_cloudinary,
        live_from as changed_at,
        case evidence_source when 'unclear' then 'unclear' else 'replaced' end as change,
        is_notified,
        uploaded_by_id as changed_by_id,
        uploaded_by_type as changed_by_type
    from versions

    union all

    select
        asset_id_cloudinary,
        occurred_at as changed_at,
        'deleted' as change,
        true as is_notified,
        triggered_by_id as changed_by_id,
        triggered_by_type as changed_by_type
    from notifications
    where notification_type = 'delete' and occurred_at is not null

    union all

    select
        asset_id_cloudinary,
        absent_at as changed_at,
        'absent' as change,
        false as is_notified,
        cast(null as {{ text_type() }}) as changed_by_id,
        cast(null as {{ text_type() }}) as changed_by_type
    from absences

),

boundaries as (

    -- Of several within one second the deletion is the end; who did it is told where all were the same one.
    select
        asset_id_cloudinary,
        changed_at,
        bool_or(change = 'deleted') as is_deletion,
        case
            when bool_or(change = 'deleted') then 'deleted'
            when bool_or(change = 'replaced') then 'replaced'
            else min(change)
        end as change,
        bool_or(is_notified) as is_notified,
        case
            when count(*) = count(changed_by_id) and min(changed_by_id) = max(changed_by_id) then min(changed_by_id)
        end as changed_by_id,
        case
            when count(*) = count(changed_by_type) and min(changed_by_type) = max(changed_by_type)
                then min(changed_by_type)
        end as changed_by_type
    from changes
    group by asset_id_cloudinary, changed_at

),

spans as (

    -- Two overwrites within one second share their span: nothing says which of them was live.
    select
        *,
        lead(changed_at) over (partition by asset_id_cloudinary order by changed_at asc nulls last) as next_changed_at,
        lead(change) over (partition by asset_id_cloudinary order by changed_at asc nulls last) as next_change,
        lead(is_notified)
            over (partition by asset_id_cloudinary order by changed_at asc nulls last)
            as is_next_notified,
        lead(changed_by_id)
            over (partition by asset_id_cloudinary order by changed_at asc nulls last)
            as next_changed_by_id,
        lead(changed_by_type)
            over (partition by asset_id_cloudinary order by changed_at asc nulls last)
            as next_changed_by_type
    from boundaries

),

ended as (

    select
        versions.*,
        case when spans.is_deletion then 'deleted' else coalesce(spans.next_change, 'open') end as ended_by,
        case when spans.is_deletion then spans.changed_by_id else spans.next_changed_by_id end as ended_by_id,
        case when spans.is_deletion then spans.changed_by_type else spans.next_changed_by_type end as ended_by_type,
        case when spans.is_deletion then true else spans.is_next_notified end as is_end_notified,
        case when spans.is_deletion then spans.changed_at else coalesce(spans.next_changed_at, {{ open_end() }}) end
            as live_to
    from versions
    inner join spans
        on
            versions.asset_id_cloudinary = spans.asset_id_cloudinary
            and versions.live_from = spans.changed_at

)

select
    ended.asset_version_key,
    {{ surrogate_key(['ended.asset_id_cloudinary']) }} as asset_key,
    ended.asset_id_cloudinary,
    ended.uploaded_by_id,
    ended.uploaded_by_type,
    ended.ended_by_id,
    ended.ended_by_type,
    ended.public_id_at_upload,
    ended.etag,
    coalesce(ended.format_code, contents.format_code) as format_code,
    contents.content_hash,
    contents.outcome as content_outcome,
    ended.evidence_source,
    ended.ended_by,
    ended.version_number,
    coalesce(ended.size_bytes, contents.size_bytes) as size_bytes,
    coalesce(ended.width_px, contents.width_px) as width_px,
    coalesce(ended.height_px, contents.height_px) as height_px,
    ended.ended_by = 'open' as is_current,
    ended.ended_by = 'open' or ended.is_end_notified as is_end_told,
    creations.asset_created_at,
    ended.live_from,
    ended.live_to,
    ended._loaded_at,
    ended._log_index
from ended
left join creations
    on ended.asset_id_cloudinary = creations.asset_id_cloudinary
left join contents
    on
        ended.asset_id_cloudinary = contents.asset_id_cloudinary
        and ended.version_number = contents.version_number
        and ended.etag = contents.etag
