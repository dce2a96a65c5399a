{{ control_rows(
    ref('fct_shares'),
    subject_type='share',
    subject_key='share_key',
    subject_id='share_id',
    asset_key='asset_key',
    occurred_at='shared_at',
    reason="'approved_by_its_uploader'",
    condition="is_self_approved"
) }}
