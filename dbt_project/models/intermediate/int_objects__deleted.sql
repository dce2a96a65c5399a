with

absences as (

    select
        *,
        row_number() over (
            partition by stream_name, object_id
            order by listed_at desc nulls last, _log_index desc nulls last, object_absence_key asc nulls last
        ) as word_number
    from {{ ref('stg_trading_grid__object_absences') }}

)

-- What is there again was not deleted; pages of a listing are read for a while after it began.
select
    object_absence_key,
    stream_name,
    case when stream_name = 'publications' then {{ surrogate_key(['publication_id_trading_grid']) }} end
        as publication_key,
    case when stream_name = 'partners' then {{ surrogate_key(['partner_id_trading_grid']) }} end as partner_key,
    case when stream_name = 'communities' then {{ surrogate_key(['community_id_trading_grid']) }} end
        as community_key,
    case
        when stream_name = 'members'
            then {{ surrogate_key(['community_id_trading_grid', 'partner_id_trading_grid']) }}
    end as community_partner_key,
    last_seen_at,
    listed_at,
    greatest(listed_at, _loaded_at) as deleted_at,
    _loaded_at,
    _log_index
from absences
where word_number = 1 and is_absent
