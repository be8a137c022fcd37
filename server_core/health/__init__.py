"""Proof that the server works, and the reason when it does not."""
