"""``postroom``: the window, or the server alone where no window can be."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from app.demo import throw_away_home, write_config
from app.headless import CANNOT_START, has_display, serve
from app.options import Options, read_options
from server_core.home import Home
from server_core.self_test import CORE_CHECKS, Check, Faulty, run_self_test


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; the exit status."""
    multiprocessing.freeze_support()
    options = read_options(arguments)
    if options.self_test:
        return run_self_test("postroom", (*CORE_CHECKS, *_window_checks()), options.self_test_out)
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
    if options.headless or not has_display():
        return serve(home, demo=options.demo)
    # Qt needs libraries that a computer without a display may not have.
    from app.bootstrap import run_window  # noqa: PLC0415

    return run_window(home, options)


def _window_checks() -> tuple[Check, ...]:
    try:
        from app.self_test import WINDOW_CHECKS  # noqa: PLC0415
    except ImportError as problem:
        missing = str(problem)
    else:
        return WINDOW_CHECKS

    def report() -> str:
        raise Faulty(missing)

    return (("Qt", report),)


if __name__ == "__main__":
    sys.exit(main())
