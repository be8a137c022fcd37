"""How mail gets in and out of the store."""
