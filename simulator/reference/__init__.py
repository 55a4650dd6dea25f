"""Aggregate reference tables: how often names, places and street names occur.

The tables are counts and shares published for whole populations. No row describes a person.
`build` rebuilds them from pinned public packages; `tables` is the only way to read them.
"""
