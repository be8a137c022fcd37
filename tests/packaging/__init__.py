"""What is shipped, as far as it can be proved without making it."""
