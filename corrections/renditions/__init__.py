"""T7's loop: a delivered rendition measured, candidates for it measured, and the one chosen that is better.

`measured` has the values, `pictures` and `videos` measure bytes, `chain` reads and changes transformations,
`candidates` says what is worth trying, `judging` refuses and chooses, `trial` does all of it for one rendition. What a
partner complained of and what is proposed is `corrections.renditions.improving`.
"""
