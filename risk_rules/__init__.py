"""Risk rules as pure values: facts, rule language, scoring, reviewed rule sets and name matching.

Nothing here knows the service: no database, no clock, no network.
"""
