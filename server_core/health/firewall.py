"""Whether the firewall of this computer lets others in, as far as it can be seen without rights."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from server_core.health.system import said

_UFW_SETTINGS, _UFW_RULES = Path("/etc/ufw/ufw.conf"), Path("/etc/ufw/user.rules")
_FIREWALLD = Path("/usr/sbin/firewalld")
_SOCKET_FILTER = "/usr/libexec/ApplicationFirewall/socketfilterfw"
_WINDOWS = r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
_ASK_PROFILE = "(Get-NetConnectionProfile).NetworkCategory"
# As PowerShell names them, in rules, and in the registry.
_PROFILES = {
    "Public": ("Public", "PublicProfile"),
    "Private": ("Private", "StandardProfile"),
    "DomainAuthenticated": ("Domain", "DomainProfile"),
}

_NARROWING = frozenset(("RA4", "RA6", "LA4", "LA6", "RPort", "Svc"))


@dataclass(frozen=True, slots=True)
class Firewall:
    """A firewall that was found; ``lets_in`` is None where that cannot be seen.

    ``remedy`` says how to let the port through: a command, or a place in the system's settings.
    """

    name: str
    active: bool
    lets_in: bool | None = None
    remedy: str = ""


def firewall_for(port: int) -> Firewall | None:
    """The firewall of this computer and what it does with a TCP port; None when none is known.

    Waits for the disk, and on some systems for a program.
    """
    if sys.platform == "win32":
        return _of_windows(port)
    if sys.platform == "darwin":
        return _of_macos()
    return _of_linux(port)


def _of_linux(port: int) -> Firewall | None:
    if _text(_UFW_SETTINGS) is not None:
        active = ufw_is_on(_text(_UFW_SETTINGS) or "")
        rules = _text(_UFW_RULES)
        lets_in = ufw_lets_in(rules, port) if rules is not None else None
        return Firewall("ufw", active, lets_in, f"sudo ufw allow {port}/tcp")
    if _FIREWALLD.exists() and _runs("firewalld"):
        command = f"sudo firewall-cmd --permanent --add-port={port}/tcp; sudo firewall-cmd --reload"
        return Firewall("firewalld", active=True, remedy=command)
    return None


def ufw_is_on(settings: str) -> bool:
    """What its settings say."""
    return re.search(r"(?mi)^\s*ENABLED\s*=\s*\"?yes", settings) is not None


def ufw_lets_in(rules: str, port: int) -> bool:
    """Whether the first rule about a TCP port allows it; none is a no, as ufw comes."""
    for line in rules.splitlines():
        words = line.removeprefix("### tuple ###").split()
        if not line.startswith("### tuple ###") or len(words) < 7 or words[6].startswith("out"):
            continue
        action, protocol, ports = words[:3]
        if protocol in ("tcp", "any") and _covers(ports, port, any_port="any", dash=":"):
            return action in ("allow", "limit")
    return False


def _of_macos() -> Firewall | None:
    state = said(_SOCKET_FILTER, "--getglobalstate")
    if not state:
        return None
    remedy = "System Settings, Network, Firewall, Options: allow incoming connections for Postroom"
    app = said(_SOCKET_FILTER, "--getappblocked", sys.executable)
    active = "disabled" not in state.lower()
    return Firewall("macOS Firewall", active, macos_lets_in(app), remedy)


def macos_lets_in(answer: str) -> bool | None:
    """What it answers about a program; it knows nothing of ports."""
    words = answer.lower()
    if "not part of" in words:
        return None
    return True if "permitted" in words else False if "blocked" in words else None


def windows_lets_in(rules: Iterable[str], port: int, program: str, profile: str) -> bool | None:
    """Whether rules as the registry has them let a program take connections in a profile.

    A rule that blocks wins over one that allows; None when only some addresses are allowed.
    """
    allowed: bool | None = False
    for rule in rules:
        found: dict[str, list[str]] = {}
        for part in rule.split("|"):
            name, _, value = part.partition("=")
            found.setdefault(name, []).append(value)
        if not _is_about(found, port, program, profile):
            continue
        if found.get("Action") == ["Block"]:
            return False
        allowed = allowed or (None if found.keys() & _NARROWING else True)
    return allowed


def _is_about(rule: dict[str, list[str]], port: int, program: str, profile: str) -> bool:
    return (
        rule.get("Active") == ["TRUE"]
        and rule.get("Dir") == ["In"]
        and rule.get("Protocol", ["6"]) == ["6"]
        and profile in rule.get("Profile", [profile])
        and [one.lower() for one in rule.get("App", [program])] == [program.lower()]
        and any(_covers(ports, port, any_port="", dash="-") for ports in rule.get("LPort", [""]))
    )


def _covers(ports: str, port: int, *, any_port: str, dash: str) -> bool:
    """Whether a list of ports and ranges holds this one."""
    if ports == any_port:
        return True
    for part in ports.split(","):
        first, _, last = part.partition(dash)
        if first.isdecimal() and int(first) <= port <= int(last if last.isdecimal() else first):
            return True
    return False


if sys.platform == "win32":
    import winreg

    def _profile_is_on(key: str) -> bool:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{_WINDOWS}\{key}") as opened:
            return bool(winreg.QueryValueEx(opened, "EnableFirewall")[0])

    def _windows_rules() -> Iterator[str]:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{_WINDOWS}\FirewallRules") as opened:
            for place in range(winreg.QueryInfoKey(opened)[1]):
                rule = str(winreg.EnumValue(opened, place)[1])
                yield winreg.ExpandEnvironmentStrings(rule)

    def _of_windows(port: int) -> Firewall | None:
        asked = said("powershell", "-NoProfile", "-NonInteractive", "-Command", _ASK_PROFILE)
        names = [name for name in asked.split() if name in _PROFILES] or ["Public"]
        remedy = (
            f"netsh advfirewall firewall add rule name=Postroom-{port} dir=in action=allow "
            f"protocol=TCP localport={port}"
        )
        active = [name for name in names if _profile_is_on(_PROFILES[name][1])]
        if not active:
            return Firewall("Windows Firewall", active=False)
        rules, program = list(_windows_rules()), sys.executable
        each = [windows_lets_in(rules, port, program, _PROFILES[one][0]) for one in active]
        lets_in = False if False in each else None if None in each else True
        return Firewall("Windows Firewall", active=True, lets_in=lets_in, remedy=remedy)


def _runs(program: str) -> bool:
    return any(one.info["name"] == program for one in psutil.process_iter(["name"]))


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return None
