"""Opening the sealed raw record that a row of a dossier was made from: by right, with a reason, written down first.

Here belong `sealed` (which record it is, and opening it), and `routes` (the form and what it shows).
"""
