{{ control_rows(
    ref('fct_downloads'),
    subject_type='download',
    subject_key='receipt_key',
    subject_id='access_id_trading_grid',
    asset_key='asset_key',
    occurred_at='downloaded_at',
    reason="'download_' || approval_state",
    condition="approval_state in ('not_a_member', 'membership_ended', 'not_approved', 'expired', 'not_for_market')"
) }}
