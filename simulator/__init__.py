"""Synthetic data-matching between a tax authority and an enforcement agency.

How many of the people returned are somebody else, how many lawful residents are exposed, what
would each guardrail change, and how sure are we? Every person here is drawn; none is real.
"""
