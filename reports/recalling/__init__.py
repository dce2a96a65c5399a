"""Recalls in the reports: begun from the asset page, followed holder by holder, certified at the end.

`pages` has the addresses. What a recall is and how it stands is `corrections.recall`.
"""
