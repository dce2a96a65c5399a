with

delivered_renditions as (

    select * from {{ ref('fct_delivered_renditions') }}

),

sized as (

    select
        *,
        {{ month_start('generated_at') }} as month_date,
        case
            when delivered_width_px is null then 'not told'
            when delivered_width_px <= 480 then 'to 480'
            when delivered_width_px <= 1080 then '481 to 1080'
            when delivered_width_px <= 1920 then '1081 to 1920'
            else 'over 1920'
        end as width_class,
        has_auto_format and has_auto_quality as is_optimised,
        policy_reason in (
            'format_not_taken',
            'wider_than_delivered',
            'format_not_automatic',
            'quality_not_automatic',
            'printed_too_coarse'
        ) as is_breaking
    from delivered_renditions

)

select
    {{ surrogate_key(['month_date', 'channel_code', 'delivered_format_code', 'width_class', 'quality_code']) }}
        as delivery_group_key,
    channel_code,
    delivered_format_code,
    width_class,
    quality_code,
    month_date,
    count(*) as use_count,
    count(case when is_optimised then 1 end) as optimised_count,
    cast(floor(100 * count(case when is_optimised then 1 end) / nullif(count(*), 0)) as bigint) as optimised_percent,
    count(case when is_breaking then 1 end) as breaking_count,
    count(saved_bytes) as known_bytes_count,
    cast(sum(case when saved_bytes is not null then original_bytes end) as bigint) as original_bytes,
    cast(sum(case when saved_bytes is not null then rendition_bytes end) as bigint) as rendition_bytes,
    cast(sum(saved_bytes) as bigint) as saved_bytes
from sized
group by channel_code, delivered_format_code, width_class, quality_code, month_date
