"""postroomctl, one file per group of verbs."""
