with

downloads as (

    select * from {{ ref('fct_downloads') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    {{ control_columns(
        'download',
        'downloads.receipt_key',
        'downloads.access_id_trading_grid',
        'downloads.asset_key',
        'null',
        'downloads.downloaded_at',
        "'download_' || downloads.approval_state"
    ) }}
from downloads
left join evaluations
    on evaluations.subject_type = 'download'
where downloads.approval_state in ('not_a_member', 'membership_ended', 'not_approved', 'expired', 'not_for_market')
