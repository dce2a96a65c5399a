with

needs as (

    select * from {{ ref('fct_community_needs') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    cast('community_need' as {{ text_type() }}) as subject_type,
    cast(needs.community_need_key as {{ text_type() }}) as subject_key,
    cast(concat_ws(
        '/',
        needs.community_id_trading_grid,
        coalesce(needs.public_id, needs.asset_reference),
        needs.region_code,
        needs.language_code,
        needs.device_code
    ) as {{ text_type() }}) as subject_id,
    cast(needs.asset_key as {{ text_type() }}) as asset_key,
    cast(null as {{ text_type() }}) as communication_key,
    cast(needs.updated_at as {{ instant_type() }}) as occurred_at,
    cast(evaluations.evaluated_at as {{ instant_type() }}) as evaluated_at,
    cast(
        case needs.variant_state
            when 'wrong' then 'another_variant_shown' else 'asset_not_shown'
        end as {{ text_type() }}
    )
        as reason
from needs
left join evaluations
    on evaluations.subject_type = 'community_need'
where needs.variant_state in ('missing', 'wrong')
