"""A Kerberos KDC of our own on loopback: two realms, of which ours trusts the other."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

OURS = "EXAMPLE.TEST"
OTHER = "OTHER.TEST"
HOST = "localhost"
SERVICE = f"pop/{HOST}@{OURS}"
PASSWORD = "known to the KDC only"
PROGRAMS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit", "klist")
# Debian keeps the KDC's programs where only its administrator looks.
_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/local/sbin"))
_SECONDS = 60
_READY = "commencing operation"


def found(program: str) -> str:
    """Where a program is; the test is skipped without it, on a build machine it fails."""
    place = shutil.which(program, path=_PATH)
    if place is None:
        missing = f"{program} is not installed"
        raise (pytest.fail if os.environ.get("CI") else pytest.skip).Exception(missing)
    return place


class Realm:
    """The KDC and its administrator; ``environment`` is for every process that asks it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = {name: found(name) for name in PROGRAMS}
        self._made: set[str] = set()
        self._kdc: subprocess.Popen[str] | None = None
        self.environment: Mapping[str, str] = {
            "KRB5_CONFIG": str(folder / "krb5.conf"),
            "KRB5_KDC_PROFILE": str(folder / "kdc.conf"),
            "KRB5CCNAME": f"FILE:{folder / 'no-ticket'}",
            "KRB5_KTNAME": f"FILE:{folder / 'no-key-file'}",
            "KRB5RCACHENAME": f"file2:{folder / 'replays'}",
        }

    def start(self) -> None:
        """Make the realms and serve them."""
        for attempt in range(5):
            self._configure(_free_port())
            if attempt == 0:
                self._create()
            if self._serve():
                return
        raise AssertionError("the KDC found no free port")

    def stop(self) -> None:
        """End the KDC."""
        if self._kdc is not None:
            self._kdc.terminate()
            self._kdc.wait(_SECONDS)
            assert self._kdc.stderr is not None
            self._kdc.stderr.close()

    def admin(self, *commands: str, realm: str = OURS) -> None:
        """Have the realm's administrator do these."""
        said = self._run("kadmin.local", "-r", realm, stdin="\n".join(commands) + "\n")
        assert "while" not in said.stderr, said.stderr

    def key_file(self, name: str, *principals: str) -> Path:
        """A new key file with the keys of these principals of our realm."""
        path = self._folder / name
        self.add_services(*principals)
        self.admin(*(f"ktadd -norandkey -k {path} {one}" for one in principals))
        return path

    def add_services(self, *principals: str) -> None:
        """Make those that are not there yet."""
        new = set(principals) - self._made
        self._made |= new
        self.admin(*(f"addprinc -randkey {one}" for one in new))

    def sign_on(self, user: str, *options: str) -> str:
        """The name of a cache with a fresh ticket of this user."""
        cache = f"FILE:{self._folder / user.replace('/', '-')}"
        principal = user if "@" in user else f"{user}@{OURS}"
        self._run("kinit", *options, "-c", cache, principal, stdin=f"{PASSWORD}\n")
        return cache

    def is_over(self, cache: str) -> bool:
        """Whether the ticket in a cache has ended."""
        command = [self._programs["klist"], "-s", "-c", cache]
        return subprocess.run(command, env=self._environ(), check=False).returncode != 0

    def _configure(self, port: int) -> None:
        (self._folder / "krb5.conf").write_text(_KRB5_CONF.format(port=port))
        (self._folder / "kdc.conf").write_text(_KDC_CONF.format(port=port, folder=self._folder))

    def _create(self) -> None:
        for realm in (OURS, OTHER):
            self._run("kdb5_util", "create", "-s", "-P", "the master's", "-r", realm)
            trust = f"krbtgt/{OURS}@{OTHER}"
            self.admin(f"addprinc -pw shared {trust}", realm=realm)

    def _serve(self) -> bool:
        command = [self._programs["krb5kdc"], "-n", "-P", str(self._folder / "kdc.pid")]
        self._kdc = subprocess.Popen(
            [*command, "-r", OURS, "-r", OTHER],
            env=self._environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._kdc.stderr is not None
        for line in self._kdc.stderr:
            if _READY in line:
                threading.Thread(target=self._kdc.stderr.read, daemon=True).start()
                return True
        self.stop()
        return False

    def _run(
        self, program: str, *arguments: str, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [self._programs[program], *arguments],
            env=self._environ(),
            input=stdin,
            check=False,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
        assert done.returncode == 0, f"{program}: {done.stderr}{done.stdout}"
        return done

    def _environ(self) -> dict[str, str]:
        return {**os.environ, **self.environment, "LC_ALL": "C"}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


_KRB5_CONF = f"""
[libdefaults]
    default_realm = {OURS}
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
[realms]
    {OURS} = {{{{
        kdc = 127.0.0.1:{{port}}
    }}}}
    {OTHER} = {{{{
        kdc = 127.0.0.1:{{port}}
    }}}}
[domain_realm]
    {HOST} = {OURS}
[capaths]
    {OTHER} = {{{{
        {OURS} = .
    }}}}
"""
_KDC_REALM = """
    {realm} = {{{{
        database_name = {{folder}}/{realm}.db
        key_stash_file = {{folder}}/{realm}.stash
        acl_file = {{folder}}/acl
        max_life = 1h
    }}}}"""
_KDC_CONF = f"""
[kdcdefaults]
    kdc_listen = 127.0.0.1:{{port}}
    kdc_tcp_listen = 127.0.0.1:{{port}}
[realms]{_KDC_REALM.format(realm=OURS)}{_KDC_REALM.format(realm=OTHER)}
[logging]
    kdc = STDERR
    admin_server = STDERR
"""
