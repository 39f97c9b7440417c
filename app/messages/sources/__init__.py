"""Ways in besides HTTP: a watched folder, a message queue. What they share is in :mod:`.source`."""
