{{ control_rows(
    ref('fct_rich_media_uses'),
    subject_type='rich_media',
    subject_key='asset_use_key',
    subject_id='asset_use_id',
    asset_key='coalesce(target_asset_key, asset_key)',
    communication_key='communication_key',
    occurred_at='generated_at',
    reason="'target_' || target_state",
    condition="target_state in ('missing', 'not_approved', 'expired', 'not_eligible')"
) }}
