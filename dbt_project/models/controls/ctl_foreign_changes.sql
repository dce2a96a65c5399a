{{ control_rows(
    ref('fct_own_changes'),
    subject_type='own_change',
    subject_key='own_change_key',
    subject_id='subject_id',
    asset_key='asset_key',
    occurred_at='changed_at',
    reason='explanation',
    condition="explanation not in ('correction', 'not_yet_known')"
) }}
