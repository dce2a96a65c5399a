{{ control_rows(
    ref('fct_partner_receipts'),
    subject_type='partner_receipt',
    subject_key='receipt_key',
    subject_id='receipt_id',
    asset_key='asset_key',
    occurred_at='received_at',
    reason="'received_' || sharing_state",
    condition="sharing_state in (
        'nothing_shared', 'sent_to_another_partner', 'not_a_member', 'membership_ended', 'before_it_was_shared'
    )"
) }}
