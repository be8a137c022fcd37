"""Dialogues printed as RFCs print them, playable on any server."""
