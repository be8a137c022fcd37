"""The mail store."""
