"""What may be written behind ``postroom``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from server_core import __version__
from server_core.self_test import add_options, asked_for


@dataclass(frozen=True, slots=True)
class Options:
    """The command line, read."""

    home: Path | None = None
    demo: bool = False
    headless: bool = False
    minimized: bool = False
    theme: str = ""
    size: tuple[int, int] | None = None
    screenshot: tuple[str, Path] | None = None
    delays: Path | None = None
    self_test: bool = False
    self_test_out: Path | None = None


def read_options(arguments: Sequence[str] | None = None) -> Options:
    """The options, or an exit with status 2 and a usage line, or 0 for --version and --help."""
    read = _parser().parse_args(arguments)
    page, picture = read.screenshot or ("", "")
    return Options(
        home=read.home,
        demo=read.demo,
        headless=read.headless,
        minimized=read.minimized,
        theme=read.theme,
        size=read.size,
        screenshot=(page, Path(picture)) if page else None,
        delays=read.delays,
        self_test=asked_for(read),
        self_test_out=read.self_test_out,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="postroom", description="A POP3 mail server and the window to look after it."
    )
    parser.add_argument("--version", action="version", version=f"Postroom {__version__}")
    parser.add_argument("--home", type=Path, metavar="DIR", help="where settings and mail are kept")
    parser.add_argument(
        "--demo", action="store_true", help="serve a throw-away home with two accounts and mail"
    )
    parser.add_argument("--headless", action="store_true", help="serve without a window")
    parser.add_argument("--minimized", action="store_true", help="begin as a minimized window")
    parser.add_argument("--theme", choices=("light", "dark"), default="", help="use these colours")
    parser.add_argument("--size", type=_size, metavar="WxH", help="the size of the window")
    parser.add_argument(
        "--screenshot", nargs=2, metavar=("PAGE", "FILE"), help="save a picture of a page and quit"
    )
    parser.add_argument(
        "--delays", type=Path, metavar="FILE", help="write how late the window is, in ms, to a file"
    )
    add_options(parser)
    return parser


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError("write it like 1280x720") from None
    return width, height
