with

asset_uses as (

    select * from {{ ref('fct_asset_uses') }}

),

monthly as (

    select
        {{ month_start('generated_at') }} as month,
        channel_code as channel,
        verdict,
        count(*) as use_count
    from asset_uses
    group by {{ month_start('generated_at') }}, channel_code, verdict

)

select
    {{ surrogate_key(['month', 'channel', 'verdict']) }} as verdict_summary_key,
    month,
    channel,
    verdict,
    cast(use_count as bigint) as use_count
from monthly
