"""The window around the pages: navigation, command bar, status bar."""
