"""The server's program without its housekeeping, which is the work of time and not of sessions.

Once a second it looks after bans and certificates, every half minute it saves the history, and some
seconds after the start it examines its health.
"""

from __future__ import annotations

import sys

from server_core import health_methods, service
from server_core.ctl.main import main

_NEVER = 86_400.0


def run() -> int:
    """What ``postroomctl`` does; gives the exit status."""
    service.HOUSEKEEPING_SECONDS = _NEVER
    health_methods.LOOK_SECONDS = _NEVER
    return main()


if __name__ == "__main__":
    sys.exit(run())
