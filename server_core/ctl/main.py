"""postroomctl: the server and its home from a console. Exit status 0 done, 1 failed, 2 usage."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from server_core import __version__
from server_core.config.draft import ConfigRejected
from server_core.ctl import (
    accounts,
    admission,
    configuration,
    health,
    kerberos,
    log,
    mail,
    secrets,
    serve,
    sessions,
    setup,
)
from server_core.ctl.outcome import FAILURES, reason
from server_core.home import Home
from server_core.self_test import CORE_CHECKS, add_options, asked_for, run_self_test

_GROUPS = (
    *(setup, serve, accounts, mail, configuration, admission, secrets, kerberos, log, sessions),
    health,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status."""
    try:
        options = _read(argv)
    except SystemExit as ended:
        return int(ended.code or 0)
    if asked_for(options):
        return run_self_test("postroomctl", CORE_CHECKS, options.self_test_out)
    home = Home.locate(options.home)
    try:
        status: int = options.run(home, options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone; nothing may be flushed into the broken pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 1
    except FAILURES as problem:
        where = f"{home.config_file}: " if isinstance(problem, ConfigRejected) else ""
        print(f"postroomctl: {where}{reason(problem)}", file=sys.stderr)
        return 1
    return status


def _read(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    options = parser.parse_args(argv)
    if options.run is None and not asked_for(options):
        parser.error("the following arguments are required: COMMAND")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="postroomctl", description="Runs and looks after a Postroom mail server."
    )
    parser.add_argument("--version", action="version", version=f"postroomctl {__version__}")
    parser.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        help="the folder with configuration, accounts and mail (else $POSTROOM_HOME)",
    )
    add_options(parser)
    parser.set_defaults(run=None)
    verbs = parser.add_subparsers(metavar="COMMAND")
    for group in _GROUPS:
        group.add_to(verbs)
    return parser


if __name__ == "__main__":
    sys.exit(main())
