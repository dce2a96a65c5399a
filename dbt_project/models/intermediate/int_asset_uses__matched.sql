{{ config(materialized='view') }}

with

asset_uses as (

    select * from {{ ref('stg_exstream__asset_uses_anew') }}

),

communications as (

    select
        *,
        {{ latest_by_clocks('exstream', 'generated_at') }} as needed_to
    from {{ ref('stg_exstream__communications_anew') }}

),

renderings as (

    select * from {{ ref('stg_exstream__renderings_anew') }}

),

claims as (

    select * from {{ ref('stg_log__batches') }}
    where system_code = 'cloudinary' and stream_name = 'notifications' and is_complete and outcome = 'accepted'

),

plain_versions as (

    select * from {{ ref('int_asset_versions__plain') }}

),

settled_addresses as (

    select * from {{ ref('int_addresses__settled') }}

),

needed_instants as (

    select distinct needed_to from communications

),

claimed as (

    {{ first_claimed('needed_instants', 'claims') }}

),

sent as (

    -- A key is hashed once for its communication or rendering; only where none landed is it hashed for the use.
    select
        asset_uses.domain_code,
        coalesce(
            communications.communication_key,
            {{ surrogate_key(['asset_uses.domain_code', 'asset_uses.communication_id_exstream']) }}
        ) as communication_key,
        coalesce(
            renderings.rendering_key,
            {{ surrogate_key([
                'asset_uses.domain_code', 'asset_uses.communication_id_exstream', 'asset_uses.rendering_id_exstream'
            ]) }}
        ) as rendering_key,
        asset_uses.communication_id_exstream,
        asset_uses.rendering_id_exstream,
        asset_uses.ordinal,
        asset_uses.placeholder_name,
        asset_uses.binding,
        asset_uses.asset_id_cloudinary,
        asset_uses.public_id,
        asset_uses.version_number,
        asset_uses.etag,
        asset_uses.delivery_url,
        coalesce(settled_addresses.public_id, asset_uses.delivery_public_id) as delivery_public_id,
        -- What an address serves is ours only if it names our cloud, and was read without doubt or is settled.
        case
            when {{ is_our_cloud('asset_uses.delivery_cloud_name') }}
                then
                    case asset_uses.delivery_state
                        when 'parsed' then asset_uses.delivery_public_id
                        when 'ambiguous' then settled_addresses.public_id
                    end
        end as served_public_id,
        case
            when
                asset_uses.binding = 'live_url'
                and settled_addresses.public_id is null
                and {{ is_our_cloud('asset_uses.delivery_cloud_name') }}
                then asset_uses.delivery_readings
        end as delivery_readings,
        asset_uses.delivery_resource_type,
        asset_uses.delivery_type,
        case
            when settled_addresses.public_id is null then asset_uses.delivery_format_code
            else settled_addresses.format_code
        end as delivery_format_code,
        case
            when settled_addresses.public_id is null then asset_uses.transformation
            else settled_addresses.transformation
        end as transformation,
        renderings.channel_code,
        communications.segment_code,
        communications.jurisdiction_code,
        communications.offers_list,
        communications.generated_at,
        communications.generated_at as judged_at,
        {{ earliest_by_clocks('exstream', 'communications.generated_at') }} as judged_from,
        communications.needed_to as judged_to,
        claimed.claimed_at,
        asset_uses.binding = 'live_url' as is_live_url,
        true as has_segment_rule,
        true as has_offer_rule,
        asset_uses.has_conflicts
        or coalesce(communications.has_conflicts, false)
        or coalesce(renderings.has_conflicts, false) as has_conflicts,
        {{ has_layer(
            'case when settled_addresses.public_id is null then asset_uses.transformation '
            ~ 'else settled_addresses.transformation end'
        ) }} as has_layer,
        greatest(asset_uses._loaded_at, communications._loaded_at) as _loaded_at,
        asset_uses._log_index
    from asset_uses
    left join communications
        on
            asset_uses.domain_code = communications.domain_code
            and asset_uses.communication_id_exstream = communications.communication_id_exstream
    left join renderings
        on
            asset_uses.domain_code = renderings.domain_code
            and asset_uses.communication_id_exstream = renderings.communication_id_exstream
            and asset_uses.rendering_id_exstream = renderings.rendering_id_exstream
    left join claimed
        on communications.needed_to = claimed.needed_to
    left join settled_addresses
        on
            asset_uses.delivery_readings = settled_addresses.delivery_readings
            and communications.generated_at >= settled_addresses.settled_from
            and communications.generated_at < settled_addresses.settled_to

),

matched as (

    -- A use of which records contradict each other names nothing; `v1` in a Cloudinary URL means no version.
    select
        sent.*,
        plain_versions.asset_version_key,
        plain_versions.asset_key,
        plain_versions.asset_id_cloudinary as plain_asset_id,
        plain_versions.public_id_at_upload,
        plain_versions.etag as plain_etag,
        plain_versions.format_code as plain_format_code,
        plain_versions.evidence_reason,
        plain_versions.version_number as plain_version_number,
        plain_versions.approval_key,
        plain_versions.approver_id,
        plain_versions.approval_evidence_grade,
        plain_versions.is_certain,
        plain_versions.granted_at,
        plain_versions.ended_at,
        plain_versions.valid_from,
        plain_versions.valid_to,
        plain_versions.known_from,
        {{ is_segment_allowed('plain_versions', 'sent') }} as is_segment_allowed,
        {{ is_jurisdiction_allowed('plain_versions', 'sent') }} as is_jurisdiction_allowed,
        {{ is_offer_allowed('plain_versions', 'sent') }} as is_offer_allowed,
        greatest(sent._loaded_at, plain_versions._facts_loaded_at, sent.claimed_at) as recorded_at
    from sent
    left join plain_versions
        on
            case
                when sent.has_conflicts then cast(null as {{ text_type() }})
                when sent.is_live_url then sent.served_public_id
                else sent.asset_id_cloudinary
            end = plain_versions.named_as
            and case
                when sent.is_live_url then 0
                when sent.version_number > 1 then sent.version_number
            end = plain_versions.named_number
            and sent.judged_at >= plain_versions.plain_from
            and sent.judged_at < plain_versions.plain_to
            and sent.judged_at <= plain_versions.plain_until
            and (
                sent.is_live_url
                or sent.etag is null
                or sent.etag = plain_versions.etag
            )
            and (
                not sent.is_live_url
                or sent.delivery_resource_type is null
                or sent.delivery_resource_type = plain_versions.named_resource_type
            )
            and (
                not sent.is_live_url
                or sent.delivery_type is null
                or sent.delivery_type = plain_versions.named_delivery_type
            )

),

stood as (

    select
        *,
        {{ standing_of('matched', 'matched') }} as standing
    from matched

),

reasoned as (

    select
        *,
        {{ reason_by_approval('stood', 'false') }} as approval_reason
    from stood

)

-- A use's key is hashed last, so that who asks for the others than plain ones hashes those alone.
select
    {{ asset_use_key('domain_code', 'communication_id_exstream', 'rendering_id_exstream', 'ordinal') }}
        as asset_use_key,
    communication_key,
    rendering_key,
    communication_id_exstream,
    rendering_id_exstream,
    ordinal,
    placeholder_name,
    binding,
    asset_id_cloudinary,
    public_id,
    version_number,
    etag,
    delivery_url,
    delivery_public_id,
    served_public_id,
    delivery_readings,
    delivery_resource_type,
    delivery_type,
    delivery_format_code,
    transformation,
    channel_code,
    segment_code,
    jurisdiction_code,
    offers_list,
    generated_at,
    is_live_url,
    has_conflicts,
    has_layer,
    _loaded_at,
    _log_index,
    asset_version_key is not null as is_plain,
    asset_version_key,
    asset_key,
    plain_asset_id,
    public_id_at_upload,
    plain_etag,
    plain_format_code,
    evidence_reason,
    plain_version_number,
    approval_key,
    approver_id,
    approval_evidence_grade,
    granted_at,
    recorded_at,
    case
        when asset_version_key is not null
            then {{ reason_of_reference(
                'approval_reason', "approval_reason = 'approved_in_force'", 'has_layer',
                is_recorded_late('recorded_at', 'judged_at')
            ) }}
    end as verdict_reason
from reasoned
