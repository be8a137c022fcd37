"""Who gets in, and how fast: decisions without clock, lock or wait; their owner brings those."""
