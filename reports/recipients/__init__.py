"""Recipients: from an identifier, by a form that leaves nothing of it, to the communications that they got.

Here belong `look_up` (from a value to pseudonyms), `addresses` (pseudonyms in an address), `rows` (the communications)
and `routes`. Recipients are known by pseudonyms only; making these is `ingest.pseudonym_keys`.
"""
