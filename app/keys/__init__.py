"""The service's keys: which there are, what stands under each, and putting what is kept under new ones."""
