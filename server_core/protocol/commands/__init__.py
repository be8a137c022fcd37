"""The commands of RFC 1939 and its extensions, and their table."""
