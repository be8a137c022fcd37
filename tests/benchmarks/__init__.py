"""How fast Postroom is and what it costs, beside another server on the same machine."""
