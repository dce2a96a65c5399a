"""A stand-in for the company's OpenID Connect provider.

Here belongs what people sign in at who open the reports; it knows the people of the scenario and asks for no password.
"""
