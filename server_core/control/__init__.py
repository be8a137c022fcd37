"""The facade over a local endpoint, for other processes of the same person."""
