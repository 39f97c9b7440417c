"""The page of the simulator: one screen per device."""
