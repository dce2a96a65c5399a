"""The stand-in for OpenText Trading Grid / Active Community.

What belongs here: a small HTTP service with communities, partners, publications, cases and threads, by the
example contract that the product ships. The vendor's REST API is not public, so every path and field name in
this package is ours; a customer maps theirs. What does not belong here: anything that the product imports.
"""
