{{ control_rows(
    ref('fct_launch_visuals'),
    subject_type='launch_visual',
    subject_key='launch_requirement_key',
    subject_id='launch_requirement_id',
    asset_key='asset_key',
    occurred_at='launch_at',
    reason="'launched_' || visual_state",
    condition="is_over and visual_state in ('not_approved', 'expired', 'not_eligible', 'not_uploaded')"
) }}
