"""Which pairs of a request and an account are compared, how well they agree, which are linked.

Nothing here receives who a record truly is.
"""
