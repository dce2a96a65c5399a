-- depends_on: {{ ref('int_approvals__affected') }}
{{ staged_notifications_of(source('cloudinary', 'notifications'), ref('int_approvals__affected')) }}
