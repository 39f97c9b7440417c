"""Realistic days of airline messages (PAXLST, PNRGOV) for tests, load and the demo, reproducible by seed.

A :class:`~kiosk_sim.traffic.schedule.Plan` says how many flights land where and when; ``day.transmissions``
gives what their carriers send, in order of time, and ``day.truth`` who really was on board. Everything
follows from the plan: the same plan gives the same bytes on any machine. People, carriers and documents
are invented; card numbers are those that card networks reserve for tests.
"""
