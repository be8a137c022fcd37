"""The guard: what a session costs, counted rather than timed, and held against what it was."""
