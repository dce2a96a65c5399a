with

accesses as (

    select * from {{ ref('stg_trading_grid__accesses') }}

),

acknowledgements as (

    select * from {{ ref('stg_trading_grid__acknowledgements') }}
    where publication_key is not null

),

publications as (

    select * from {{ ref('stg_trading_grid__publications') }}

),

answers as (

    select
        acknowledgements.*,
        case
            when acknowledgements.acknowledgement_type in ('997', '824') then acknowledgements.acknowledgement_type
            else 'portal'
        end as way,
        coalesce(acknowledgements.content_sha256 <> publications.content_hash, false) as has_other_bytes
    from acknowledgements
    left join publications
        on acknowledgements.publication_key = publications.publication_key

),

receipts as (

    select
        {{ surrogate_key(["'access'", 'access_id_trading_grid']) }} as receipt_key,
        publication_key,
        partner_key,
        user_id_trading_grid,
        kind,
        cast(null as {{ text_type() }}) as code,
        cast(null as {{ text_type() }}) as content_sha256,
        false as has_other_bytes,
        occurred_at,
        occurred_at_written,
        occurred_at_zone,
        _log_index
    from accesses

    union all

    -- The way of acknowledging stands before the code: `997/A`, `824/TA`, `portal`.
    select
        {{ surrogate_key(["'acknowledgement'", 'acknowledgement_id_trading_grid']) }} as receipt_key,
        publication_key,
        partner_key,
        cast(null as {{ text_type() }}) as user_id_trading_grid,
        {{ kind_of_answer('way', 'code') }} as kind,
        concat_ws('/', acknowledgement_type, code) as code,
        content_sha256,
        has_other_bytes,
        occurred_at,
        occurred_at_written,
        occurred_at_zone,
        _log_index
    from answers

)

select
    cast(receipt_key as {{ text_type() }}) as receipt_key,
    cast(publication_key as {{ text_type() }}) as publication_key,
    cast(partner_key as {{ text_type() }}) as partner_key,
    cast(user_id_trading_grid as {{ text_type() }}) as user_id_trading_grid,
    cast(kind as {{ text_type() }}) as kind,
    cast(code as {{ text_type() }}) as code,
    cast(content_sha256 as {{ text_type() }}) as content_sha256,
    cast(has_other_bytes as boolean) as has_other_bytes,
    cast(occurred_at as {{ instant_type() }}) as occurred_at,
    cast(occurred_at_written as {{ text_type() }}) as occurred_at_written,
    cast(occurred_at_zone as {{ text_type() }}) as occurred_at_zone,
    cast(_log_index as bigint) as _log_index
from receipts
