with

partners as (

    select * from {{ ref('stg_trading_grid__partners') }}

)

select
    cast(partner_key as {{ text_type() }}) as partner_key,
    cast(partner_id_trading_grid as {{ text_type() }}) as partner_id_trading_grid,
    cast('trading_grid' as {{ text_type() }}) as source_system,
    cast(partner_name as {{ text_type() }}) as partner_name,
    cast(gln as {{ text_type() }}) as gln,
    cast(duns as {{ text_type() }}) as duns,
    cast(edi_qualifier_code as {{ text_type() }}) as edi_qualifier_code,
    cast(edi_id as {{ text_type() }}) as edi_id,
    cast(status_code as {{ text_type() }}) as status_code,
    cast(updated_at as {{ instant_type() }}) as updated_at,
    cast(updated_at_written as {{ text_type() }}) as updated_at_written,
    cast(updated_at_zone as {{ text_type() }}) as updated_at_zone,
    cast(_log_index as bigint) as _log_index
from partners
