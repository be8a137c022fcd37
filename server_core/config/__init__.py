"""The configuration: one declared tree, its file, its drafts."""
