"""Readers of foreign mail formats."""
