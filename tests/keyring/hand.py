"""Run as a program inside a session: a person's hand on the keyring.

``python -m tests.keyring.hand VERB``: ``wait`` for the service, ``names`` of Postroom's entries,
``empty`` it, ``lock`` it, ``unlock`` it.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable

import secretstorage
from jeepney import DBusAddress, new_method_call
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection
from secretstorage.util import format_secret, open_session

from tests.keyring import PASSWORD

SERVICE = "Postroom"
_SECRETS = "org.freedesktop.secrets"


def wait(bus: DBusConnection) -> bool:
    """Whether the service has come within ten seconds; asking for the name starts no other."""
    pause = threading.Event()
    asked = message_bus.NameHasOwner(_SECRETS)
    for _ in range(200):
        if bus.send_and_get_reply(asked).body == (1,):
            return True
        pause.wait(0.05)
    return False


def names(bus: DBusConnection) -> list[str]:
    """The entries that Postroom made."""
    items = secretstorage.search_items(bus, {"service": SERVICE})
    return sorted(item.get_attributes()["username"] for item in items)


def empty(bus: DBusConnection) -> None:
    """Remove every entry there is."""
    for item in secretstorage.Collection(bus).get_all_items():
        item.delete()


def lock(bus: DBusConnection) -> None:
    """As when the person walks away."""
    secretstorage.Collection(bus).lock()


def unlock(bus: DBusConnection) -> None:
    """With the password, as PAM does when the person signs in."""
    session = open_session(bus)
    daemon = DBusAddress(
        "/org/freedesktop/secrets",
        _SECRETS,
        "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface",
    )
    secret = format_secret(session, PASSWORD.encode(), "text/plain")
    collection = "/org/freedesktop/secrets/collection/login"
    call = new_method_call(daemon, "UnlockWithMasterPassword", "o(oayays)", (collection, secret))
    bus.send_and_get_reply(call)


VERBS: dict[str, Callable[[DBusConnection], object]] = {
    "wait": wait,
    "names": names,
    "empty": empty,
    "lock": lock,
    "unlock": unlock,
}

if __name__ == "__main__":
    print(json.dumps(VERBS[sys.argv[1]](secretstorage.dbus_init())))
