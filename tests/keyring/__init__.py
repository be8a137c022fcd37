"""Keys in a real Secret Service: gnome-keyring on a message bus of its own."""

PASSWORD = "the person's own"
