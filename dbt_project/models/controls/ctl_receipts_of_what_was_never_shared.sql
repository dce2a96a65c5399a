with

receipts as (

    select * from {{ ref('fct_partner_receipts') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    {{ control_columns(
        'partner_receipt',
        'receipts.receipt_key',
        'receipts.receipt_id',
        'receipts.asset_key',
        'null',
        'receipts.received_at',
        "'received_' || receipts.sharing_state"
    ) }}
from receipts
left join evaluations
    on evaluations.subject_type = 'partner_receipt'
where
    receipts.sharing_state in (
        'nothing_shared', 'sent_to_another_partner', 'not_a_member', 'membership_ended', 'before_it_was_shared'
    )
