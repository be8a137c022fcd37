"""Sign-in names: completing one with a domain, telling good ones from bad, folders for them."""

from __future__ import annotations

import re
import secrets
import unicodedata

from pydantic import TypeAdapter, ValidationError

from server_core.accounts.account import AccountProblem
from server_core.accounts.saslprep import prepared
from server_core.config.model import Domain

_DOMAIN: TypeAdapter[str] = TypeAdapter(Domain)
_LONGEST_LOCAL_PART = 64
_LONGEST_SLUG = 40


def complete(name: str, domain: str) -> str:
    """The name as accounts are kept, with ``domain`` when it came without one."""
    return fold(name if "@" in name else f"{name}@{domain}")


def fold(name: str) -> str:
    """The name in the one spelling that accounts are kept under: prepared, lower case, composed."""
    if name.isascii():
        return name.lower()
    # Lower case can undo the composition that SASLprep made.
    return unicodedata.normalize("NFC", prepared(name).lower())


def check_name(name: str) -> None:
    """AccountProblem with a sentence unless ``name`` is a complete and possible sign-in name."""
    local, at, domain = name.partition("@")
    if not local or not at:
        raise AccountProblem("Write the sign-in name in full, like ann@example.com.")
    if "@" in domain:
        raise AccountProblem("A sign-in name has one @ only.")
    if len(local) > _LONGEST_LOCAL_PART:
        raise AccountProblem(
            f"The part before the @ is {len(local)} characters long; "
            f"{_LONGEST_LOCAL_PART} are allowed."
        )
    if " " in local or not local.isprintable():
        raise AccountProblem("A sign-in name has no spaces and no invisible characters.")
    if not _is_domain(domain):
        raise AccountProblem("Behind the @ stands a domain name, such as example.com.")


def new_store_id(name: str) -> str:
    """A folder name for an account: what a person recognises, and a tail nobody else has.

    Only letters, digits and ``-``: a dot would make ``con.ann-1a2b3c4d`` a device on Windows.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST_SLUG].strip("-")
    return f"{slug or 'account'}-{secrets.token_hex(4)}"


def _is_domain(text: str) -> bool:
    try:
        return text.isascii() and _DOMAIN.validate_python(text) != ""
    except ValidationError:
        return False
