"""Certificates: made, imported, watched, renewed."""
