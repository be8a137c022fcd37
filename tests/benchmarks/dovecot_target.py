"""Dovecot 2.3 in its strongest set-up, on a throw-away folder; runs as root, as its package does.

Processes serve many sessions each and live on, lookups are cached, nothing is logged in debug.
"""

from __future__ import annotations

import os
import secrets
import shutil
import smtplib
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from string import Template

import argon2

from server_core.certificates.store import CertificateStore
from server_core.config.signing_in import Secrets
from tests.benchmarks.mailboxes import PASSWORD, Group, Population
from tests.benchmarks.pop3_signing_in import scram_keys
from tests.benchmarks.process_tree import ProcessTree
from tests.benchmarks.target import Deliver, TargetFailed, bounded

_PATIENCE = 30
_MAIL_USER = 5000  # a number is enough; Dovecot refuses to read mail as root
_PROGRAMS = (Path("/usr/lib/dovecot/pop3"), Path("/usr/lib/dovecot/lmtp"))
_PORTS = 4
_SENDER = "tim@example.com"
_PREFIXES = {"argon2": "argon2-", "scram": "scram-"}
_DERIVED = ("dovecot.index*", "dovecot-uidlist*", "dovecot.list.index*")

_CONFIGURATION = Template("""\
protocols = pop3 lmtp
listen = 127.0.0.1
base_dir = $root/run
state_dir = $root/state
log_path = $root/log
ssl = yes
ssl_cert = <$certificate
ssl_key = <$certificate
disable_plaintext_auth = no
auth_mechanisms = plain scram-sha-256
auth_cache_size = 64M
auth_cache_ttl = 1 hour
mail_max_userip_connections = 0
pop3_lock_session = no
default_client_limit = 16384
default_vsz_limit = 0
mail_location = $location
passdb {
  driver = passwd-file
  args = username_format=%u $root/users
}
userdb {
  driver = static
  args = uid=$mail_user gid=$mail_user home=$root/mail/%u allow_all_users=yes
}
lmtp_add_received_header = no
lmtp_hdr_delivery_address = none
service anvil {
  client_limit = 32768
}
service auth {
  client_limit = 32768
}
service lmtp {
  service_count = 0
  process_min_avail = 4
  inet_listener lmtp {
    port = $lmtp_port
  }
}
service pop3-login {
  service_count = 0
  process_min_avail = 2
  process_limit = 2
  inet_listener pop3 {
    port = $port
  }
  inet_listener pop3s {
    port = $tls_port
    ssl = yes
  }
}
# Login processes do not know each other's sessions, so those that are resumed all go to one.
service pop3-login-resuming {
  executable = pop3-login
  type = login
  chroot = login
  user = $$default_login_user
  protocol = pop3
  service_count = 0
  process_min_avail = 1
  process_limit = 1
  inet_listener pop3s-resuming {
    port = $resuming_port
    ssl = yes
  }
}
service pop3 {
  service_count = 0
  process_min_avail = 2
  process_limit = 1024
  client_limit = 64
}
""")


class DovecotTarget:
    """Dovecot over mailboxes in one of its formats, ``maildir`` or ``sdbox``."""

    on_arrival = f"Return-Path: <{_SENDER}>\r\n".encode()

    def __init__(self, folder: Path, location: str) -> None:
        self.name = f"Dovecot ({location})"
        self.prefixes: Mapping[str, str] = _PREFIXES
        self._root = folder / f"dovecot-{location}"
        self._location = location
        self._configuration = self._root / "dovecot.conf"
        self._process: subprocess.Popen[str] | None = None
        self.port = self.tls_port = self.resuming_port = self._lmtp_port = 0

    def versions(self) -> str:
        """Version, and what was chosen for it."""
        said = subprocess.run(["dovecot", "--version"], capture_output=True, text=True, check=True)
        return (
            f"{said.stdout.split()[0]}, {self._location}; shared processes, auth cache,"
            " passwords compared as plain text; one login process where TLS is resumed; mail in"
            " by LMTP"
        )

    def prepare(self, population: Population) -> None:
        """Write configuration, users and mailboxes."""
        self._root.mkdir()
        for folder in (self._root.parent, self._root):
            folder.chmod(0o755)  # its processes run as several users
        certificates = CertificateStore(self._root)
        certificates.ensure_own(["localhost"])
        self.port, self.tls_port, self.resuming_port, self._lmtp_port = _free_ports()
        self._configuration.write_text(
            _CONFIGURATION.substitute(
                root=self._root,
                certificate=certificates.path(""),
                location=f"{self._location}:~/mail",
                mail_user=_MAIL_USER,
                port=self.port,
                tls_port=self.tls_port,
                resuming_port=self.resuming_port,
                lmtp_port=self._lmtp_port,
            )
        )
        (self._root / "users").write_text("".join(_user_lines(population)))
        if self._location == "maildir":
            self._populate(population)
            return
        self.start()  # doveadm asks the running server where the user's mail is
        try:
            self._populate(population)
        finally:
            self.stop()

    def _populate(self, population: Population) -> None:
        for group in population.values():
            for user in group.everybody():
                home = self._root / "mail" / user
                maildir = home / ("mail" if self._location == "maildir" else "source")
                _write_maildir(maildir, iter(()) if group.awaited else group.messages(user))
                _give_away(home)
                if self._location != "maildir":
                    self._convert(user, maildir)

    def _convert(self, user: str, maildir: Path) -> None:
        doveadm = ["doveadm", "-c", str(self._configuration)]
        command = [*doveadm, "import", "-u", user, f"maildir:{maildir}", "", "all"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode:
            raise TargetFailed(f"doveadm import failed: {done.stderr[-500:]}")
        shutil.rmtree(maildir)

    def start(self) -> ProcessTree:
        """Serve until ``stop``; returns once it greets."""
        command = ["dovecot", "-F", "-c", str(self._configuration)]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
        )
        deadline = time.monotonic() + _PATIENCE
        while not _greets(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                log = (self._root / "log").read_text(errors="replace")
                raise TargetFailed(f"Dovecot did not start: {log[-500:]}")
            time.sleep(0.05)
        return ProcessTree(self._process.pid)

    def stop(self) -> None:
        """SIGTERM to the master, which ends its processes."""
        if self._process is None:
            return
        with self._process as process, bounded(process, _PATIENCE):
            process.terminate()
        self._process = None

    def fill(self, group: Group) -> None:
        """By LMTP, which indexes each message as it comes."""
        with self.deliveries() as deliver:
            for user in group.everybody():
                for octets in group.messages(user):
                    deliver(user, octets)

    @contextmanager
    def deliveries(self) -> Iterator[Deliver]:
        """A connection to its LMTP server."""
        with smtplib.LMTP("127.0.0.1", self._lmtp_port, timeout=_PATIENCE) as client:

            def deliver(user: str, octets: bytes) -> None:
                client.sendmail(_SENDER, [user], octets)

            yield deliver

    def mail_folder(self, user: str) -> Path:
        """A user's mail with Dovecot's index."""
        return self._root / "mail" / user

    def forget_index(self, user: str) -> None:
        """A Maildir as another program filled it; the index of sdbox is part of the mailbox."""
        if self._location == "maildir":
            for pattern in _DERIVED:
                for path in self.mail_folder(user).rglob(pattern):
                    path.unlink()


def why_not() -> str:
    """Why Dovecot cannot be measured here; empty when it can."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return "Dovecot is measured as root"
    if not all(program.exists() for program in _PROGRAMS):
        return "dovecot-pop3d and dovecot-lmtpd are not installed"
    return ""


def _user_lines(population: Population) -> Iterator[str]:
    argon2id = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash(PASSWORD)
    verifiers = {"argon2": f"{{ARGON2ID}}{argon2id}", "scram": f"{{SCRAM-SHA-256}}{_scram()}"}
    for group in population.values():
        for user in group.everybody():
            yield f"{user}:{{PLAIN}}{PASSWORD}\n"
    office = population.get("office")
    for user in office.everybody() if office else ():
        for sort, prefix in _PREFIXES.items():
            yield f"{prefix}{user}:{verifiers[sort]}::::::user={user}\n"


def _scram() -> str:
    """What is kept of the password for SCRAM, with the iterations Postroom uses."""
    salt, iterations = secrets.token_bytes(16), Secrets().scram_iterations
    client_key, server_key = scram_keys(PASSWORD, salt, iterations)
    kept = (salt, sha256(client_key).digest(), server_key)
    return ",".join((str(iterations), *(b64encode(octets).decode() for octets in kept)))


def _write_maildir(folder: Path, messages: Iterator[bytes]) -> None:
    """Files as Dovecot's own delivery leaves them: LF line ends, both sizes in the name."""
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    for number, octets in enumerate(messages, 1):
        text = octets.replace(b"\r\n", b"\n")
        sizes = f"S={len(text)},W={len(octets)}"
        name = f"{1_700_000_000 + number}.M{number}P1.localhost,{sizes}:2,"
        (folder / "cur" / name).write_bytes(text)


def _give_away(home: Path) -> None:
    if sys.platform != "win32":
        for path in (home, *home.rglob("*")):
            os.chown(path, _MAIL_USER, _MAIL_USER)


def _free_ports() -> list[int]:
    with ExitStack() as stack:
        servers = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(_PORTS)
        ]
        return [int(server.getsockname()[1]) for server in servers]


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as connection:
            return connection.recv(3) == b"+OK"
    except OSError:
        return False
