"""A throw-away home to try Postroom with: two accounts, some mail, two listeners."""

from __future__ import annotations

import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.bridge.demo_account import DemoAccount
from app.resources import resource
from server_core.config.file import save
from server_core.config.model import Config, Listener, Pop3, Security, Server
from server_core.config.signing_in import KeyPlace, Secrets
from server_core.events.reasons import ListenerProblem
from server_core.home import Home
from server_core.service import MailService, Refused

DOMAIN = "example.com"
PEOPLE = {"ann": "Ann Meyer", "ben": "Ben Okafor"}
HOST = "127.0.0.1"
STARTTLS_PORT, TLS_PORT = 1110, 1995
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


@contextmanager
def throw_away_home() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="postroom-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_config(home: Home) -> None:
    """Settings for this computer only, on ports that are free.

    Refused where there are settings or accounts already: a demo never takes their place.
    """
    for there in (home.config_file, home.accounts_file):
        if there.exists():
            raise Refused(f"{there} is there already. A demo needs a folder of its own.")
    home.prepare()
    listeners = (
        Listener(
            name="office",
            address=f"{HOST}:{free_port(STARTTLS_PORT)}",
            security=Security.STARTTLS,
        ),
        Listener(name="office-tls", address=f"{HOST}:{free_port(TLS_PORT)}", security=Security.TLS),
    )
    # What is thrown away must leave nothing in the keyring of the person who tries it.
    pop3 = Pop3(listeners=listeners, secrets=Secrets(key_in=KeyPlace.FILE))
    save(home.config_file, Config(server=Server(primary_domain=DOMAIN), pop3=pop3))


async def furnish(service: MailService) -> tuple[DemoAccount, ...]:
    """Add the accounts and their mail to an opened home."""
    made: list[DemoAccount] = []
    for name, full_name in PEOPLE.items():
        account = DemoAccount(f"{name}@{DOMAIN}", readable_password())
        await service.add_account(account.name, account.password, full_name=full_name)
        await service.import_mail(account.name, resource("demo", name))
        made.append(account)
    return tuple(made)


async def listen_elsewhere(service: MailService) -> None:
    """Give a listener whose port was taken after it was found free one that the system chooses."""
    taken = [v.name for v in service.listeners() if v.problem is ListenerProblem.ADDRESS_IN_USE]
    if taken:
        draft = service.draft()
        for name in taken:
            draft.set(f"pop3.listeners.{name}.address", f"{HOST}:0")
        await service.apply(draft, origin="demo")


def readable_password() -> str:
    """Four syllables and two digits: easy to type, good enough for a home that is thrown away."""
    syllables = [secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(4)]
    return f"{''.join(syllables[:2])}-{''.join(syllables[2:])}-{secrets.randbelow(90) + 10}"


def free_port(first: int) -> int:
    """The first port from ``first`` on that can be bound; 0, any free port, when none can."""
    for port in range(first, first + 100):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        return port
    return 0
