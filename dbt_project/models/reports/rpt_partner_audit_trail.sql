with

shares as (

    select * from {{ ref('fct_shares') }}

),

receipts as (

    select * from {{ ref('fct_partner_receipts') }}

),

members as (

    select * from {{ ref('bridge_communities_partners') }}

),

communities as (

    select * from {{ ref('dim_communities') }}

),

partners as (

    select * from {{ ref('dim_partners') }}

),

assets as (

    select * from {{ ref('dim_assets') }}

),

claims as (

    select * from {{ ref('fct_claims') }}

),

evaluated as (

    -- Silence is known as far as both ways of a partner's word are completely read.
    {{ claimed_until('claims', 'trading_grid', ['accesses', 'acknowledgements']) }}

),

addressed as (

    -- A distribution is for its partner, a publication for each member of its community that had not left by then.
    select
        share_key,
        partner_key
    from shares
    where partner_key is not null

    union

    select
        shares.share_key,
        members.partner_key
    from shares
    inner join members
        on shares.community_key = members.community_key
    where
        shares.share_type = 'publication'
        and not {{ membership_has_ended('members', 'shares.shared_at') }}

),

-- Silence of whom it was for is a row, and so is a receipt by whom it was not for, or of what nobody shared.
pairs as (

    select
        share_key,
        partner_key,
        share_key as trail_key
    from addressed

    union

    select
        share_key,
        partner_key,
        coalesce(share_key, receipt_key) as trail_key
    from receipts
    where partner_key is not null

),

spoken as (

    select
        *,
        coalesce(share_key, receipt_key) as trail_key,
        kind = 'acknowledged' and not has_other_bytes as is_taken,
        kind = 'acknowledged' and has_other_bytes as is_of_other_bytes,
        row_number() over (
            partition by coalesce(share_key, receipt_key), partner_key
            order by
                case when code is null then 1 else 0 end asc nulls last,
                received_at desc nulls last,
                receipt_key desc nulls last
        ) as answer_number
    from receipts
    where partner_key is not null

),

facts as (

    select
        trail_key,
        partner_key,
        min(case when kind = 'delivered' then received_at end) as first_delivered_at,
        min(case when kind = 'opened' then received_at end) as first_opened_at,
        min(case when kind = 'downloaded' then received_at end) as first_downloaded_at,
        min(case when is_taken then received_at end) as first_acknowledged_at,
        max(case when is_taken then received_at end) as last_acknowledged_at,
        max(case when kind = 'rejected' then received_at end) as last_rejected_at,
        max(case when answer_number = 1 then code end) as answer_code,
        min(received_at) as first_received_at,
        count(case when is_of_other_bytes then 1 end) as other_bytes_count,
        count(case when sharing_state not in ('shared', 'partner_unknown') then 1 end) as never_shared_count
    from spoken
    group by trail_key, partner_key

)

select
    {{ surrogate_key(['pairs.trail_key', 'pairs.partner_key']) }} as partner_audit_trail_key,
    pairs.share_key,
    pairs.partner_key,
    shares.community_key,
    shares.asset_key,
    shares.asset_version_key,
    shares.approval_key,
    shares.coverage_key,
    partners.partner_id_trading_grid,
    partners.partner_name,
    communities.community_id_trading_grid,
    communities.community_name,
    shares.share_type,
    shares.share_id,
    shares.asset_id_cloudinary,
    shares.public_id,
    assets.display_name,
    shares.etag,
    shares.content_hash,
    shares.share_state,
    shares.verdict,
    shares.verdict_reason,
    shares.evidence_strength,
    shares.evidence_grade,
    shares.asked_by_id,
    shares.approver_id,
    shares.shared_by_id,
    facts.answer_code,
    case
        when coalesce(facts.never_shared_count, 0) > 0 then 'never_shared'
        when facts.last_acknowledged_at > coalesce(facts.last_rejected_at, {{ open_start() }}) then 'acknowledged'
        when facts.last_rejected_at is not null then 'rejected'
        when facts.other_bytes_count > 0 then 'acknowledged_other_bytes'
        when facts.first_downloaded_at is not null then 'downloaded'
        when facts.first_opened_at is not null then 'opened'
        when facts.first_delivered_at is not null then 'delivered'
        when shares.shared_at <= evaluated.evaluated_at then 'silent'
        else 'not_known'
    end as receipt_state,
    shares.version_number,
    coalesce(shares.is_self_approved, false) as is_self_approved,
    {{ month_start('coalesce(shares.shared_at, facts.first_received_at)') }} as month_start_date,
    shares.uploaded_at,
    shares.first_approved_at,
    shares.approved_at,
    shares.shared_at,
    shares.withdrawn_at,
    facts.first_delivered_at,
    facts.first_opened_at,
    facts.first_downloaded_at,
    facts.first_acknowledged_at,
    facts.last_rejected_at,
    coalesce(shares.shared_at, facts.first_received_at) as occurred_at,
    evaluated.evaluated_at
from pairs
cross join evaluated
left join shares
    on pairs.share_key = shares.share_key
left join facts
    on
        pairs.trail_key = facts.trail_key
        and pairs.partner_key = facts.partner_key
left join partners
    on pairs.partner_key = partners.partner_key
left join communities
    on shares.community_key = communities.community_key
left join assets
    on shares.asset_key = assets.asset_key
