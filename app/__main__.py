"""``postroom``: the window, or the server alone where no window can be."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from app.demo import throw_away_home, write_config
from app.headless import CANNOT_START, serve
from app.options import Options, read_options
from server_core.home import Home


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; the exit status."""
    multiprocessing.freeze_support()
    options = read_options(arguments)
    with ExitStack() as stack:
        root = options.home
        if options.demo and root is None:
            root = stack.enter_context(throw_away_home())
        home = Home.locate(root)
        if options.demo:
            try:
                write_config(home)
            except CANNOT_START as problem:
                print(problem, file=sys.stderr)
                return 1
        return _run(home, options)


def _run(home: Home, options: Options) -> int:
    if options.headless or not _has_display():
        return serve(home, demo=options.demo)
    # Qt needs libraries that a computer without a display may not have.
    from app.bootstrap import run_window  # noqa: PLC0415

    return run_window(home, options)


def _has_display() -> bool:
    if sys.platform == "linux":
        screens = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
        return any(os.environ.get(name) for name in screens)
    else:  # noqa: RET505 - code after it would be unreachable on one platform or the other
        return True


if __name__ == "__main__":
    sys.exit(main())
