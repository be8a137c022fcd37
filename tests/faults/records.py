"""The second oracle: settings and accounts as acknowledged, or as a change in doubt would be."""

from __future__ import annotations

import random
from collections.abc import Callable

from server_core.config.file import last_good_of, load
from server_core.control.client import ControlClient
from tests.faults.server import Server

_DOMAIN = "example.org"
_SETTING = "pop3.listeners.pop3.idle_timeout"
_GUESTS = tuple(f"guest{number}@{_DOMAIN}" for number in range(4))


class Records:
    """Changes one thing at a time over the control endpoint and remembers what may be true."""

    def __init__(self, accounts: tuple[str, ...], complain: Callable[[str], None]) -> None:
        self._residents = {f"{account}@{_DOMAIN}" for account in accounts}
        self._complain = complain
        self._settings: set[int] = {600}
        self._last_good: set[int] = {600}
        self._guests: dict[str, set[bool]] = {guest: {False} for guest in _GUESTS}

    def change_setting(self, link: ControlClient, dice: random.Random) -> None:
        """Another idle timeout."""
        value = dice.randint(601, 3_600)
        self._settings.add(value)
        self._last_good.add(value)
        link.call("change_config", edits={_SETTING: value})
        self._settings, self._last_good = {value}, {value}

    def change_accounts(self, link: ControlClient, dice: random.Random) -> None:
        """A guest comes or goes."""
        certain = sorted(guest for guest, possible in self._guests.items() if len(possible) == 1)
        if not certain:
            return
        guest = dice.choice(certain)
        present = self._guests[guest] == {True}
        self._guests[guest] = {True, False}
        if present:
            link.call("remove_account", name=guest)
        else:
            link.call("add_account", name=guest, password=None)
        self._guests[guest] = {not present}

    def compare(self, server: Server) -> None:
        """Hold a server and its files against what was acknowledged; what is found is certain."""
        running = server.ask("config_tree")["pop3"]["listeners"][0]["idle_timeout"]
        config = load(server.home.config_file).pop3.listeners[0].idle_timeout
        kept = load(last_good_of(server.home.config_file))
        last_good = kept.pop3.listeners[0].idle_timeout
        if running != config or config not in self._settings or last_good not in self._last_good:
            self._complain(
                f"settings: {running} runs, {config} in the file, {last_good} as last good,"
                f" not of {self._settings} and {self._last_good}"
            )
        names = {view.name for view in server.ask("accounts")}
        for guest, possible in self._guests.items():
            if (guest in names) not in possible:
                self._complain(f"account {guest}: {guest in names}, not of {possible}")
        if names - set(_GUESTS) != self._residents:
            self._complain(f"accounts: {sorted(names)}")
        self._settings, self._last_good = {config}, {last_good}
        self._guests = {guest: {guest in names} for guest in _GUESTS}
