"""The communication dossier: what one letter carried, and how it stood with each asset at that moment.

Here belong its rows, its questions and its plain sentences. The verdict is the warehouse's; this page only says in
words, from the same evidence rows, why it is so.
"""
