"""Forms built from the declarations of settings."""
