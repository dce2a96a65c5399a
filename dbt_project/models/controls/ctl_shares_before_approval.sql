{{ control_rows(
    ref('fct_shares'),
    subject_type='share',
    subject_key='share_key',
    subject_id='share_id',
    asset_key='asset_key',
    occurred_at='shared_at',
    reason="'share_' || verdict_reason",
    condition="share_state = 'before_approval'"
) }}
