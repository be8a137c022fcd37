"""mpop, delivering into a Maildir; it stores the line ends of Unix."""

from __future__ import annotations

from tests.clients.conftest import HOST, PASSWORD, Box, Wire
from tests.clients.programs import maildir, private_file, run


class Mpop:
    """Its own list of unique-ids tells what is new; its Received line is switched off."""

    program = "mpop"

    def fetch(self, box: Box, *, keep: bool) -> list[bytes]:
        """Run it once over a fresh Maildir."""
        folder = box.new_folder()
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir()
        on = {True: "on", False: "off"}
        tls = [
            "tls on",
            f"tls_starttls {on[box.wire is Wire.STLS]}",
            f"tls_trust_file {box.server.ca}",
        ]
        settings = [
            "account default",
            f"host {HOST}",
            f"port {box.port}",
            f"user {box.account}",
            f'password "{PASSWORD}"',
            "auth user" if box.wire is Wire.PLAIN else "auth plain",
            *(["tls off"] if box.wire is Wire.PLAIN else tls),
            f"delivery maildir {folder}",
            f"uidls_file {box.state / 'uidls'}",
            f"keep {on[keep]}",
            "received_header off",
        ]
        rc = private_file(box.state / "mpoprc", "\n".join(settings) + "\n")
        run(["mpop", "--quiet", "--file", str(rc)], box.state)
        return maildir(folder)

    def changed(self, message: bytes) -> bytes:
        """It changes nothing."""
        return message
