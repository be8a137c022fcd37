"""The benchmarks, as ``python3 dev.py bench`` runs them: a table on standard output."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from tests.benchmarks.command import main

    sys.exit(main())
