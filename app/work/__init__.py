"""The worker: what is done without anybody asking for it."""
