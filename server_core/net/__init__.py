"""Sockets, TLS, timers and threads around the conversations."""
