"""What the world does to a server: sudden death, full disks, damaged files, strange clients."""
