"""Keeping an installation running: backups, restoring them, the state of what waits, its figures."""
