"""Icons, style tokens, translations, help and sample mail."""
