"""What came in: clients, strict parsing, landing and claims. Reads vendors, never writes to them.

Here belong the landing core (schemas, the one writing function, runs, batches, projection, pseudonyms) and
one folder per vendor. Not here: what the rows mean (dbt), and the rules of the landing gate (`quality`).
"""
