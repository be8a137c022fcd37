"""What an account is, and the ways in which asking for one can go wrong."""

from __future__ import annotations

from dataclasses import dataclass

from server_core.config.account_terms import USUAL, AccountTerms


class AccountProblem(Exception):
    """The account cannot be made or changed as asked; the text is a sentence for a person."""


class AccountsUnusable(OSError):
    """The accounts file cannot be read or written; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in.

    ``name`` is complete and lower case (``ann@example.com``), ``store_id`` the name of the mail
    folder, which stays the same for the life of the account and is never given to another one.
    Times are epoch seconds; ``last_sign_in`` is 0.0 for never.
    """

    name: str
    store_id: str
    full_name: str
    enabled: bool
    has_password: bool
    created: float
    last_sign_in: float = 0.0
    last_peer: str = ""
    last_method: str = ""
    last_listener: str = ""
    terms: AccountTerms = USUAL

    def signed_in(self, when: float, peer: str, method: str, listener: str) -> Account:
        """The account after a sign-in; written out, for ``replace`` takes three times as long."""
        return Account(
            self.name,
            self.store_id,
            self.full_name,
            self.enabled,
            self.has_password,
            self.created,
            when,
            peer,
            method,
            listener,
            self.terms,
        )
