"""The pages on which an administrator changes something, one file each."""
