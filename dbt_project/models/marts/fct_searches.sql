with

searches as (

    select * from {{ ref('stg_trading_grid__searches') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}
    where subject_type = 'search'

)

select
    cast(search_key as {{ text_type() }}) as search_key,
    -- Searches for the same thing: words without regard to case and outer blanks, and the same filters.
    {{ surrogate_key([
        "lower(trim(coalesce(search_terms, '')))",
        "coalesce(product_line_code, '')",
        "coalesce(campaign_code, '')",
        "coalesce(market_code, '')"
    ]) }} as search_topic_key,
    cast(partner_key as {{ text_type() }}) as partner_key,
    cast(community_key as {{ text_type() }}) as community_key,
    cast(search_id_trading_grid as {{ text_type() }}) as search_id_trading_grid,
    cast(user_id_trading_grid as {{ text_type() }}) as user_id_trading_grid,
    cast(search_terms as {{ text_type() }}) as search_terms,
    cast(product_line_code as {{ text_type() }}) as product_line_code,
    cast(campaign_code as {{ text_type() }}) as campaign_code,
    cast(market_code as {{ text_type() }}) as market_code,
    cast(result_count as bigint) as result_count,
    cast(coalesce(result_count = 0, false) as boolean) as is_empty,
    cast(occurred_at as {{ instant_type() }}) as searched_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(searches._log_index as bigint) as _log_index
from searches
cross join evaluations
