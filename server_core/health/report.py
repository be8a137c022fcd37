"""What the checks found as a text to hand on; names and addresses can be shortened in it."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable
from datetime import datetime
from ipaddress import IPv6Address

from server_core import __version__
from server_core.events.health import Finding

_NAME = re.compile(r"\b([\w+-])[\w.+-]*@(\w)[\w.-]*\w", re.UNICODE)
_IPV4 = re.compile(r"\b(\d{1,3}\.\d{1,3})\.\d{1,3}\.\d{1,3}\b")
_COLONS = re.compile(r"(?<![\w:.])[0-9a-fA-F]{0,4}:[0-9a-fA-F:]*:[0-9a-fA-F]{0,4}(?![\w:])")
_HERE = re.compile(r"127\.0\.\d+\.\d+")


def report(findings: Iterable[Finding], home: str, *, shortened: bool) -> str:
    """All findings, details included, with version, system and time; it holds no secret.

    ``shortened`` leaves of account names and addresses only what tells them apart roughly, and
    of ``home``, the path, nothing.
    """
    now = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
    heading = f"Postroom {__version__}, {platform.platform()}, {now}"
    text = "\n".join([heading, *_lines(findings)]) + "\n"
    return _shortened(text.replace(home, "HOME")) if shortened else text


def _lines(findings: Iterable[Finding]) -> Iterable[str]:
    group = ""
    for one in findings:
        if one.group != group:
            group = one.group
            yield f"\n{group}"
        subject = f" ({one.subject})" if one.subject else ""
        when = datetime.fromtimestamp(one.time).astimezone().strftime("%H:%M:%S")
        yield f"  {one.state.upper()}  {one.what}{subject}: {one.sentence} [{when}]"
        yield from (f"      {detail}" for detail in one.details)


def _shortened(text: str) -> str:
    text = _NAME.sub(r"\1…@\2…", text)
    text = _IPV4.sub(lambda found: _address(found[0], found[1]), text)
    return _COLONS.sub(_ipv6, text)


def _ipv6(found: re.Match[str]) -> str:
    """Shortened if it is an address; a time of day has colons too."""
    whole = found[0]
    try:
        there = not IPv6Address(whole).is_loopback
    except ValueError:
        there = False
    return f"{whole.partition(':')[0]}:…" if there else whole


def _address(whole: str, beginning: str) -> str:
    return whole if _HERE.fullmatch(whole) else f"{beginning}.…"
