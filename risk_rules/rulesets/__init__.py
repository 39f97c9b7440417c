"""The reviewed starting rule set, one file per theme; `risk_rules.ruleset` reads it."""
