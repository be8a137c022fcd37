"""The guard, as ``python3 dev.py guard`` runs it."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from tests.work.command import main

    sys.exit(main())
