"""What stored facts prove: snapshots as Parquet, and rules tried on them before they act."""
