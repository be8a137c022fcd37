"""Names and addresses hidden, so that a log can be shown to others: the same always the same."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from app.dashboard.log_rows import LogRow, address_of, host_of

_MAIL_ADDRESS = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]+(?:\.[\w-]+)*"
_IPV4 = r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w)"
_IPV6 = r"(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![\w:])"
_SEEN = re.compile(rf"(?P<name>{_MAIL_ADDRESS})|(?P<address>{_IPV4}|{_IPV6})")
_GIVEN = re.compile(r"^(<< *(?:USER|APOP) +)(\S+)", re.IGNORECASE)
_MOST_NAMES = 5_000


class Pseudonyms:
    """Stands for names with ``key``, which never leaves this computer.

    Known account names are hidden wherever they stand as a word; so is whatever looks like a mail
    address or an IP address. Free text in which somebody is named otherwise stays as it is.
    """

    def __init__(self, key: bytes, names: Iterable[str]) -> None:
        self._key = key
        known = {part for name in names for part in (name, name.partition("@")[0]) if part}
        # Longest first, so that ann@example.com is not taken for ann and a rest.
        most = sorted(known, key=lambda name: (-len(name), name))[:_MOST_NAMES]
        words = "|".join(re.escape(name) for name in most)
        self._known = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) if words else None
        self.name = lru_cache(maxsize=1 << 14)(self._name)
        self.address = lru_cache(maxsize=1 << 14)(self._address)

    def hidden(self, rows: Iterable[LogRow]) -> Iterator[LogRow]:
        """The rows without names and addresses of people."""
        for row in rows:
            yield row.reworded(
                user=self.name(row.user) if row.user else "",
                peer=self._peer(row.peer),
                text=self._text(row.text),
            )

    def _text(self, text: str) -> str:
        text = _GIVEN.sub(lambda found: found[1] + self.name(found[2]), text)
        if self._known is not None:
            text = self._known.sub(lambda found: self.name(found[0]), text)
        return _SEEN.sub(self._seen, text)

    def _seen(self, found: re.Match[str]) -> str:
        if found["name"]:
            return self.name(found["name"])
        address = found["address"]
        return self.address(address) if address_of(address) is not None else address

    def _peer(self, peer: str) -> str:
        host = host_of(peer)
        return peer.replace(f"[{host}]", host).replace(host, self.address(host)) if host else ""

    def _name(self, name: str) -> str:
        # ann and ann@example.com are the same person to whoever reads on.
        return f"account-{self._code(name.lower().partition('@')[0])}"

    def _address(self, address: str) -> str:
        return f"address-{self._code(address.lower())}"

    def _code(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:8]
