"""Whether only those get in who should: rules, odd settings, the settings' file, file modes."""

from __future__ import annotations

import ipaddress
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from server_core.config.admission import Verdict
from server_core.config.checking import ConfigRejected, Problem
from server_core.config.file import load
from server_core.events.health import Mend
from server_core.health.check import Place, Seen, Subject, attention, fine, named, problem
from server_core.health.encryption import is_loopback
from server_core.home import Home
from server_core.net.own_networks import own_addresses

_PRIVATE = stat.S_IRWXG | stat.S_IRWXO
_ACCESS = "pop3.access.otherwise"
_TOLD_ELSEWHERE = ".security"


def default_rule(subject: Subject) -> Iterator[Seen]:
    """What happens to addresses that no rule names."""
    access = subject.config.pop3.access
    place = Place(page="access", target=_ACCESS)
    open_to_others = [
        one.endpoint.host
        for one in subject.config.pop3.listeners
        if one.enabled and not is_loopback(one.endpoint.host)
    ]
    if access.otherwise is Verdict.DENY:
        if any(rule.enabled and rule.action is Verdict.ALLOW for rule in access.rules):
            yield fine("Only addresses that a rule allows may connect.", place)
        else:
            text = "Everything is denied and no rule of the service allows anybody."
            yield attention(text, place)
    elif not open_to_others:
        yield fine("Every listener is for this computer only.", place)
    elif public := public_addresses(open_to_others):
        text = f"Anybody in the internet may connect ({named(public)}): no rule keeps strangers out"
        yield attention(f"{text}.", place)
    else:
        yield fine("Everybody may connect who can reach this computer in its networks.", place)


def public_addresses(hosts: list[str]) -> list[str]:
    """Those addresses of this computer at which the internet reaches one of the listeners."""
    wild = any(host in ("*", "0.0.0.0", "::") for host in hosts)  # noqa: S104 - compared
    candidates = own_addresses() if wild else hosts
    return [one for one in dict.fromkeys(candidates) if ipaddress.ip_address(one).is_global]


def unreached(subject: Subject) -> Iterator[Seen]:
    """Rules that never decide because others always come before."""
    config = subject.config
    lists = [config.access.deny, config.pop3.access.rules]
    lists += [one.access.rules for one in config.pop3.listeners]
    rules = sum(map(len, lists))
    if subject.unreached:
        details = tuple(_words(one) for one in subject.unreached[:100])
        count = len(subject.unreached)
        text = f"{count} of {rules} rules can never decide; take them away or move them up."
        place = Place(page="access", target=subject.unreached[0].path)
        yield attention(text, place, details=details)
    elif rules:
        yield fine(f"Each of {rules} rules can decide.", Place(page="access"))


def settings(subject: Subject) -> Iterator[Seen]:
    """What the configuration allows but hardly means."""
    found = [one for one in subject.warnings if not one.path.endswith(_TOLD_ELSEWHERE)]
    for one in found:
        text = f"{one.text[:1].upper()}{one.text[1:]}."
        yield attention(text, Place(one.path, "", one.path))
    if not found:
        yield fine("Nothing in the settings contradicts itself.")


def config_file(subject: Subject) -> Iterator[Seen]:
    """Whether the configuration that runs is the one in the file, and changes can be kept."""
    file = subject.home.config_file
    name, place = file.name, Place(page="listeners")
    try:
        written = load(file)
    except ConfigRejected as rejected:
        text = f"{name} cannot be used, so the server will not start with it again; mend it."
        details = tuple(str(one) for one in rejected.problems[:100])
        yield problem(text, place, details=details)
        return
    except OSError as error:
        text = f"{name} cannot be read ({error.strerror}); the next start needs it."
        yield problem(text, details=(str(file),))
        return
    if written != subject.config:
        text = f"{name} was changed and does not run yet; use it, or keep what runs."
        yield attention(text, place)
    elif not (os.access(file, os.W_OK) and os.access(file.resolve().parent, os.W_OK)):
        text = f"{name} cannot be written, so no change can be kept; let its owner write it."
        yield attention(text, details=(str(file),))
    else:
        yield fine(f"{name} says what runs.")


def files(subject: Subject) -> Iterator[Seen]:
    """Whether other people of this computer could read what is secret."""
    if sys.platform == "win32":
        return  # there the folder of a person is closed to others by the system
    open_to_others = readable_by_others(subject.home)
    if open_to_others:
        names = [str(path) for path in open_to_others]
        text = f"Other people of this computer can get at {named(names, 3)}."
        yield problem(text, mend=Mend.CLOSE_FILES, details=tuple(names))
    else:
        yield fine("Configuration, accounts, keys and mail are closed to other people.")


def secret_places(home: Home) -> tuple[Path, ...]:
    """What nobody but the owner may read."""
    files = (home.config_file, home.accounts_file, home.key_file)
    return (home.root, home.mail, home.certificates, home.run, *files)


def readable_by_others(home: Home) -> list[Path]:
    """The secret places that are open; within a closed home nothing is."""
    if not _is_open(home.root):
        return [path for path in (home.key_file,) if _is_open(path)]
    return [path for path in secret_places(home) if _is_open(path)]


def close_to_others(home: Home) -> None:
    """Let nobody but the owner at what is secret; waits for the disk."""
    for path in readable_by_others(home):
        path.chmod(path.stat().st_mode & ~_PRIVATE)


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _PRIVATE)
    except FileNotFoundError:
        return False


def _words(found: Problem) -> str:
    return f"{found.path}: {found.text}."
