"""Mechanisms of RFC 4422 and their table."""
