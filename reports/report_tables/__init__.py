"""`/reports`: every report (`rpt_…`) of a snapshot as a table, with the question that it answers and whose it is.

`catalogue` says which reports there are for somebody, `rows` asks one, `words` tells how a value of it is shown. A
report has a page of its own elsewhere where its readers need more than a table: this room leads there.
"""
