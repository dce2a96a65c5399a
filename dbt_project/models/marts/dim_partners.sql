with

partners as (

    select * from {{ ref('stg_trading_grid__partners') }}

),

deleted_objects as (

    select * from {{ ref('int_objects__deleted') }}

)

select
    cast(partners.partner_key as {{ text_type() }}) as partner_key,
    cast(partners.partner_id_trading_grid as {{ text_type() }}) as partner_id_trading_grid,
    cast('trading_grid' as {{ text_type() }}) as source_system,
    cast(partners.partner_name as {{ text_type() }}) as partner_name,
    cast(partners.gln as {{ text_type() }}) as gln,
    cast(partners.duns as {{ text_type() }}) as duns,
    cast(partners.edi_qualifier_code as {{ text_type() }}) as edi_qualifier_code,
    cast(partners.edi_id as {{ text_type() }}) as edi_id,
    cast(partners.status_code as {{ text_type() }}) as status_code,
    cast(partners.updated_at as {{ instant_type() }}) as updated_at,
    cast(partners.updated_at_written as {{ text_type() }}) as updated_at_written,
    cast(partners.updated_at_zone as {{ text_type() }}) as updated_at_zone,
    cast(deleted_objects.partner_key is not null as boolean) as is_deleted,
    cast(deleted_objects.deleted_at as {{ instant_type() }}) as deleted_at,
    cast(partners._log_index as bigint) as _log_index
from partners
left join deleted_objects
    on partners.partner_key = deleted_objects.partner_key
