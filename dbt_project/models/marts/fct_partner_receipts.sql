with

accesses as (

    select * from {{ ref('stg_trading_grid__accesses') }}

),

acknowledgements as (

    select * from {{ ref('fct_acknowledgements') }}
    where
        not is_test
        and (
            coalesce(distribution_key, publication_key) is not null
            or match_outcome in ('no_publication', 'no_distribution')
        )

),

shares as (

    select
        *,
        coalesce(distribution_key, publication_key) as subject_key
    from {{ ref('fct_shares') }}

),

members as (

    select * from {{ ref('bridge_communities_partners') }}

),

received as (

    select
        {{ surrogate_key(["'access'", 'access_id_trading_grid']) }} as receipt_key,
        access_id_trading_grid as receipt_id,
        kind,
        'publication' as share_type,
        publication_key as subject_key,
        partner_key,
        user_id_trading_grid,
        cast(null as {{ text_type() }}) as code,
        cast(null as {{ text_type() }}) as content_sha256,
        false as has_other_bytes,
        occurred_at,
        _log_index
    from accesses

    union all

    -- What an answer names is a distribution, or else a publication.
    select
        acknowledgement_match_key as receipt_key,
        coalesce(acknowledgement_id_trading_grid, document_id_trading_grid, acknowledgement_key) as receipt_id,
        {{ kind_of_answer('kind', 'code') }} as kind,
        case when distribution_key is null then 'publication' else 'distribution' end as share_type,
        coalesce(distribution_key, publication_key) as subject_key,
        partner_key,
        cast(null as {{ text_type() }}) as user_id_trading_grid,
        concat_ws('/', kind, code) as code,
        content_sha256,
        has_other_bytes,
        occurred_at,
        _log_index
    from acknowledgements

),

matched as (

    select
        received.*,
        shares.share_key,
        shares.community_key,
        shares.partner_key as sent_to_partner_key,
        shares.asset_key,
        shares.public_id,
        shares.shared_at,
        members.community_partner_key,
        {{ membership_has_ended('members', 'received.occurred_at') }} as has_ended
    from received
    left join shares
        on
            received.share_type = shares.share_type
            and received.subject_key = shares.subject_key
    left join members
        on
            shares.community_key = members.community_key
            and received.partner_key = members.partner_key

)

select
    cast(receipt_key as {{ text_type() }}) as receipt_key,
    cast(share_key as {{ text_type() }}) as share_key,
    cast(partner_key as {{ text_type() }}) as partner_key,
    cast(community_key as {{ text_type() }}) as community_key,
    cast(asset_key as {{ text_type() }}) as asset_key,
    cast(receipt_id as {{ text_type() }}) as receipt_id,
    cast(user_id_trading_grid as {{ text_type() }}) as user_id_trading_grid,
    cast(kind as {{ text_type() }}) as kind,
    cast(code as {{ text_type() }}) as code,
    cast(public_id as {{ text_type() }}) as public_id,
    cast(content_sha256 as {{ text_type() }}) as content_sha256,
    cast(has_other_bytes as boolean) as has_other_bytes,
    cast(
        case
            when partner_key is null then 'partner_unknown'
            when share_key is null then 'nothing_shared'
            when share_type = 'distribution' and partner_key <> sent_to_partner_key then 'sent_to_another_partner'
            when share_type = 'publication' and community_partner_key is null then 'not_a_member'
            when share_type = 'publication' and has_ended then 'membership_ended'
            when occurred_at < {{ seconds_from('shared_at', '-' ~ var('clock_uncertainty_seconds')) }}
                then 'before_it_was_shared'
            else 'shared'
        end as {{ text_type() }}
    ) as sharing_state,
    cast(occurred_at as {{ instant_type() }}) as received_at,
    cast(_log_index as bigint) as _log_index
from matched
