with

receipts as (

    select * from {{ ref('fct_receipts') }}
    where publication_key is not null

),

publications as (

    select * from {{ ref('fct_publications') }}

),

partners as (

    select * from {{ ref('dim_partners') }}

),

facts as (

    -- Delivered, opened, downloaded and acknowledged are facts of their own: none stands for another.
    select
        publication_key,
        partner_key,
        user_id_trading_grid,
        min(case when kind = 'delivered' then occurred_at end) as first_delivered_at,
        min(case when kind = 'opened' then occurred_at end) as first_opened_at,
        max(case when kind = 'opened' then occurred_at end) as last_opened_at,
        min(case when kind = 'downloaded' then occurred_at end) as first_downloaded_at,
        min(case when kind = 'acknowledged' and not has_other_bytes then occurred_at end) as first_acknowledged_at,
        count(case when kind = 'opened' then 1 end) as opened_count,
        count(case when kind = 'downloaded' then 1 end) as downloaded_count
    from receipts
    group by publication_key, partner_key, user_id_trading_grid

)

select
    {{ surrogate_key(['facts.publication_key', 'facts.partner_key', 'facts.user_id_trading_grid']) }}
        as publication_receipt_key,
    facts.publication_key,
    facts.partner_key,
    publications.community_key,
    publications.publication_id_trading_grid,
    publications.community_id_trading_grid,
    partners.partner_id_trading_grid,
    partners.partner_name,
    facts.user_id_trading_grid,
    publications.asset_id_cloudinary,
    publications.public_id,
    publications.version_number,
    publications.verdict_at_publication,
    facts.opened_count,
    facts.downloaded_count,
    publications.published_at,
    facts.first_delivered_at,
    facts.first_opened_at,
    facts.last_opened_at,
    facts.first_downloaded_at,
    facts.first_acknowledged_at
from facts
left join publications
    on facts.publication_key = publications.publication_key
left join partners
    on facts.partner_key = partners.partner_key
