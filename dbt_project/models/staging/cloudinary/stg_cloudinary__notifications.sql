{{ staged_notifications(source('cloudinary', 'notifications')) }}
