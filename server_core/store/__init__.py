"""The store: mail on disk in wire format, one folder an account."""
