"""How the groups of verbs hook into the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from server_core.home import Home

Run = Callable[[Home, argparse.Namespace], int]

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]


def add_verb(verbs: Verbs, name: str, run: Run, summary: str) -> argparse.ArgumentParser:
    """A verb's parser; ``run`` gives the exit status."""
    parser = verbs.add_parser(name, help=summary, description=summary)
    parser.set_defaults(run=run)
    return parser


def add_group(verbs: Verbs, name: str, summary: str) -> Verbs:
    """A verb that is followed by another."""
    parser = verbs.add_parser(name, help=summary, description=summary)
    return parser.add_subparsers(metavar="COMMAND", required=True)


def add_json(parser: argparse.ArgumentParser) -> None:
    """The switch for output that programs read."""
    parser.add_argument("--json", action="store_true", help="print JSON")
