"""Asset where-used: the versions and approvals of one asset over time, and everything that used or holds it.

Here belong its rows and its questions. Every count says its grain: asset uses (one asset version in one rendition),
communications (one intent to one recipient), publications (one asset version in one community).
"""
