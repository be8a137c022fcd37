"""The server's program without its housekeeping, which is the work of time and not of sessions.

Once a second it looks after bans and certificates, every half minute it saves the history, and
some seconds after the start it examines its health. And a thread that waits for the interpreter's
lock asks for it every few milliseconds; here it is let wait, for no session holds the lock long.
"""

from __future__ import annotations

import sys

from server_core import health_methods, interpreter, service
from server_core.ctl.main import main

_NEVER = 86_400.0
_LONG = 10.0


def run() -> int:
    """What ``postroomctl`` does; gives the exit status."""
    service.HOUSEKEEPING_SECONDS = _NEVER
    health_methods.LOOK_SECONDS = _NEVER
    interpreter.TURN_SECONDS = _LONG
    return main()


if __name__ == "__main__":
    sys.exit(run())
