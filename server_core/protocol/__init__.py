"""One POP3 conversation without any I/O: octets in, actions out (RFC 1939 and its extensions)."""
