"""Threads for what may block."""
