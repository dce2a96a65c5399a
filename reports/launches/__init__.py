"""Launches: is one ready, and why not; what took how long.

Here belong their rows, words, picture and addresses. Go and no-go are decided in the warehouse.
"""
