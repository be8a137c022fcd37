"""The window: its parts offscreen, over a real server on loopback."""
