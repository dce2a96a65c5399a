"""The landing assets, checks, job and schedule of trading_grid."""
