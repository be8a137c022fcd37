"""Who may sign in: the account directory and its verifiers."""
