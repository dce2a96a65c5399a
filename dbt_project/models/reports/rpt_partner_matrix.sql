with

shares as (

    select
        *,
        coalesce(asset_id_cloudinary, public_id, share_id) as artwork_id
    from {{ ref('fct_shares') }}

),

publications as (

    select * from {{ ref('fct_publications') }}

),

distributions as (

    select * from {{ ref('fct_distributions') }}

),

receipts as (

    select * from {{ ref('fct_partner_receipts') }}
    where share_key is not null and partner_key is not null

),

memberships as (

    select * from {{ ref('bridge_communities_partners') }}

),

members as (

    select * from memberships
    where {{ is_member('memberships') }}

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

versions as (

    select * from {{ ref('dim_asset_versions') }}

),

claims as (

    select * from {{ ref('fct_claims') }}

),

evaluated as (

    -- Silence is known as far as both ways of a partner's word are completely read.
    {{ claimed_until('claims', 'trading_grid', ['accesses', 'acknowledgements']) }}

),

addressed as (

    -- A distribution is for its partner, a publication for each member of its community; who received it had it, too.
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
    where shares.share_type = 'publication'

    union

    select
        share_key,
        partner_key
    from receipts
    where sharing_state = 'shared'

),

facts as (

    select
        share_key,
        partner_key,
        min(case when kind = 'delivered' then received_at end) as first_delivered_at,
        min(case when kind in ('opened', 'downloaded') then received_at end) as first_opened_at,
        min(case when kind = 'acknowledged' and not has_other_bytes then received_at end) as first_acknowledged_at,
        max(case when kind = 'acknowledged' and not has_other_bytes then received_at end) as last_acknowledged_at,
        min(case when kind = 'acknowledged' and has_other_bytes then received_at end) as other_bytes_at,
        max(case when kind = 'rejected' then received_at end) as last_rejected_at,
        count(case when kind = 'acknowledged' and content_sha256 is not null and not has_other_bytes then 1 end)
            as same_bytes_count,
        max(received_at) as last_heard_at
    from receipts
    group by share_key, partner_key

),

pairs as (

    select
        shares.*,
        addressed.partner_key as holder_key,
        facts.first_delivered_at,
        facts.first_opened_at,
        facts.first_acknowledged_at,
        facts.other_bytes_at,
        facts.last_rejected_at,
        facts.last_heard_at,
        facts.last_acknowledged_at > coalesce(facts.last_rejected_at, {{ open_start() }}) as is_taken,
        coalesce(facts.same_bytes_count, 0) > 0 as names_same_bytes,
        coalesce(distributions.verdict_now, publications.verdict_now) as verdict_now,
        coalesce(publications.newest_approved_version_number, superseding_versions.version_number)
            as newest_approved_version_number,
        distributions.gtin,
        row_number() over (
            partition by addressed.partner_key, shares.artwork_id
            order by
                case when shares.withdrawn_at is null then 0 else 1 end asc nulls last,
                shares.shared_at desc nulls last,
                shares.share_key asc nulls last
        ) as newest_first,
        count(*) over (partition by addressed.partner_key, shares.artwork_id) as share_count,
        count(
            case
                when
                    shares.withdrawn_at is null
                    and coalesce(distributions.verdict_now, publications.verdict_now) = 'SUPERSEDED'
                    then 1
            end
        ) over (partition by addressed.partner_key, shares.artwork_id) as superseded_count
    from addressed
    inner join shares
        on addressed.share_key = shares.share_key
    left join facts
        on
            addressed.share_key = facts.share_key
            and addressed.partner_key = facts.partner_key
    left join publications
        on
            shares.publication_key = publications.publication_key
            and shares.share_type = 'publication'
    left join distributions
        on shares.distribution_key = distributions.distribution_key
    left join versions as superseding_versions
        on distributions.superseding_asset_version_key = superseding_versions.asset_version_key

),

newest as (

    select
        pairs.*,
        evaluated.evaluated_at,
        case
            when withdrawn_at is not null then 'withdrawn'
            -- Of taking and refusing the last word counts, as for a distribution.
            when is_taken and names_same_bytes then 'acknowledged'
            when is_taken then 'acknowledged_unnamed_bytes'
            when last_rejected_at is not null then 'rejected'
            when other_bytes_at is not null then 'acknowledged_other_bytes'
            when first_opened_at is not null then 'opened'
            when first_delivered_at is not null then 'delivered'
            when pairs.shared_at <= evaluated.evaluated_at then 'silent'
            else 'not_known'
        end as matrix_state
    from pairs
    cross join evaluated
    where newest_first = 1

)

select
    {{ surrogate_key(['newest.holder_key', 'newest.artwork_id']) }} as partner_matrix_key,
    newest.holder_key as partner_key,
    newest.asset_key,
    newest.share_key,
    partners.partner_id_trading_grid,
    partners.partner_name,
    newest.asset_id_cloudinary,
    newest.public_id,
    assets.display_name,
    coalesce(newest.gtin, assets.gtin) as gtin,
    newest.share_type,
    newest.share_id,
    communities.community_name,
    newest.etag,
    newest.content_hash,
    newest.verdict_now,
    newest.matrix_state,
    newest.version_number,
    newest.newest_approved_version_number,
    newest.share_count,
    newest.superseded_count,
    case
        when newest.matrix_state = 'silent'
            then cast(floor({{ whole_hours_between('newest.shared_at', 'newest.evaluated_at') }} / 24) as bigint)
    end as silent_days,
    newest.superseded_count > 0 as is_superseded,
    newest.shared_at,
    newest.first_delivered_at,
    newest.first_opened_at,
    newest.first_acknowledged_at,
    newest.other_bytes_at,
    newest.last_rejected_at,
    newest.last_heard_at,
    newest.withdrawn_at,
    newest.evaluated_at
from newest
left join partners
    on newest.holder_key = partners.partner_key
left join assets
    on newest.asset_key = assets.asset_key
left join communities
    on newest.community_key = communities.community_key
