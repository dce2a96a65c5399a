{{ config(materialized='table_in_increments', meta={'is_weighed': false}) }}
-- depends_on: {{ ref('int_assets__affected') }}
{{ staged_notifications_of(source('cloudinary', 'notifications'), ref('int_assets__affected')) }}
