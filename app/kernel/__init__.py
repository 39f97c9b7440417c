"""What every feature stands on: database, events, errors, idempotency, clock, crypto, telemetry."""
