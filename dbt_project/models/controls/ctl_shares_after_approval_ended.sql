with

shares as (

    select * from {{ ref('fct_shares') }}

),

evaluations as (

    select * from {{ ref('int_evaluations__dated') }}

)

select
    {{ control_columns(
        'share',
        'shares.share_key',
        'shares.share_id',
        'shares.asset_key',
        'null',
        'shares.shared_at',
        "'share_' || shares.verdict_reason"
    ) }}
from shares
left join evaluations
    on evaluations.subject_type = 'share'
where shares.share_state = 'after_approval_ended'
