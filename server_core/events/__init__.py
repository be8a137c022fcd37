"""What happens in the server, stated once as typed facts that every reader shares."""
