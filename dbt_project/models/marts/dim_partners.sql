with

partners as (

    select * from {{ ref('stg_trading_grid__partners') }}

)

select
    cast(partner_key as varchar) as partner_key,
    cast(partner_id_trading_grid as varchar) as partner_id_trading_grid,
    cast('trading_grid' as varchar) as source_system,
    cast(partner_name as varchar) as partner_name,
    cast(gln as varchar) as gln,
    cast(duns as varchar) as duns,
    cast(edi_qualifier_code as varchar) as edi_qualifier_code,
    cast(edi_id as varchar) as edi_id,
    cast(status_code as varchar) as status_code,
    cast(updated_at as timestamptz) as updated_at,
    cast(_log_index as bigint) as _log_index
from partners
