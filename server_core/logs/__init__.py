"""Log lines and the way they take."""
