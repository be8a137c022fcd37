"""The certificates the server proves itself with: made, imported, watched, renewed, kept."""
