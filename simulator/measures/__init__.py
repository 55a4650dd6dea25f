"""Rates with their intervals, and the closed forms that stand beside the simulation."""
