"""Real mail clients that sign in with a ticket; each prints or stores what it fetched."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.clients.conftest import Wire
from tests.clients.neomutt import on_a_terminal
from tests.clients.programs import private_file, run
from tests.kerberos.conftest import Office
from tests.kerberos.realm import HOST

Fetch = Callable[[Office, str, Wire, Path, Mapping[str, str]], str]
"""Server, account, wire, an empty folder and the environment; gives what was fetched."""


def curl(office: Office, user: str, wire: Wire, home: Path, ticket: Mapping[str, str]) -> str:
    """curl asks for the first message."""
    scheme = "pop3s" if wire is Wire.TLS else "pop3"
    command = ["curl", "--silent", "--show-error", "--user", f"{user}:"]
    command += ["--login-options", "AUTH=GSSAPI", "--cacert", str(office.ca)]
    command += ["--ssl-reqd"] if wire is not Wire.PLAIN else []
    return run([*command, f"{scheme}://{HOST}:{office.port(wire)}/1"], home, more=ticket)


def mpop(office: Office, user: str, wire: Wire, home: Path, ticket: Mapping[str, str]) -> str:
    """mpop speaks GSSAPI by way of GNU SASL."""
    tls = f"""
        tls on
        tls_starttls {"on" if wire is Wire.STLS else "off"}
        tls_trust_file {office.ca}
    """
    settings = f"""
        account default
        host {HOST}
        port {office.port(wire)}
        user {user}
        auth gssapi
        {"tls off" if wire is Wire.PLAIN else tls}
        delivery mbox {home}/fetched
        uidls_file {home}/uidls
    """
    rc = private_file(home / "mpoprc", settings)
    run(["mpop", "--quiet", "--file", str(rc)], home, more=ticket)
    return (home / "fetched").read_text()


def fetchmail(office: Office, user: str, wire: Wire, home: Path, ticket: Mapping[str, str]) -> str:
    """fetchmail brings a GSSAPI of its own."""
    verified = f"sslproto TLS1.2+ sslcertck sslcertfile {office.ca} sslcommonname localhost"
    protect = {Wire.PLAIN: "sslproto ''", Wire.STLS: verified, Wire.TLS: f"ssl {verified}"}
    settings = f"""
        set pidfile "{home}/pid"
        set no bouncemail
        poll {HOST} service {office.port(wire)} protocol pop3 auth gssapi no dns
            user "{user}" is "somebody" here {protect[wire]}
            mda "cat >{home}/fetched"
    """
    rc = private_file(home / "fetchmailrc", settings)
    command = ["fetchmail", "--fetchmailrc", str(rc), "--nosyslog", "--nodetach"]
    run(command, home, more=ticket)
    return (home / "fetched").read_text()


def neomutt(office: Office, user: str, wire: Wire, home: Path, ticket: Mapping[str, str]) -> str:
    """neomutt shows its mailbox on a terminal and pipes the first message."""
    settings = f"""
        set pop_user = "{user}"
        set pop_authenticators = "gssapi"
        set ssl_starttls = {"yes" if wire is Wire.STLS else "no"}
        set ssl_force_tls = {"no" if wire is Wire.PLAIN else "yes"}
        set certificate_file = "{office.ca}"
        set folder = "{home}"
        set sleep_time = 0
        set wait_key = no
        set quit = yes
        push "<pipe-message>cat >{home}/fetched<enter><quit>"
    """
    rc = private_file(home / "muttrc", settings)
    scheme = "pops" if wire is Wire.TLS else "pop"
    url = f"{scheme}://{HOST}:{office.port(wire)}/"
    on_a_terminal(["neomutt", "-n", "-F", str(rc), "-f", url], home, more=ticket)
    return (home / "fetched").read_text()


CLIENTS: tuple[Fetch, ...] = (curl, mpop, fetchmail, neomutt)


def holding(realm: Mapping[str, str], cache: str) -> dict[str, str]:
    """The environment of a client that holds the ticket in a cache."""
    return {**realm, "KRB5CCNAME": cache, "PATH": os.environ["PATH"]}
