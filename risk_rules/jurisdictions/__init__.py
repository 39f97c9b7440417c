"""What may be used for what, by jurisdiction: TOML files, read by `risk_rules.jurisdiction`."""
