"""Recall: who holds an asset, every withdrawal proposed, each holder followed to a confirmed state.

Here belongs what a recall is; the withdrawal itself is an effect.
"""
