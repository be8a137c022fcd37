"""The live pages: what happens in the server, as it happens."""
