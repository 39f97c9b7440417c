"""Kiosks and lanes with simulated hardware: a program of its own that speaks HTTP to the service.

The agent holds camera, reader and door and sends facts; the server decides. It imports only
:mod:`app.formats`.
"""
