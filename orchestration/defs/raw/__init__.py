"""Raw bytes: removing those that were kept for as long as the setting says."""
