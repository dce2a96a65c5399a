{{ control_rows(
    ref('fct_uses_after_launch'),
    subject_type='use_after_launch',
    subject_key='asset_use_key',
    subject_id='asset_use_id',
    asset_key='asset_key',
    communication_key='communication_key',
    occurred_at='generated_at',
    reason="'old_visual_after_launch'",
    condition="age_code = 'old'"
) }}
