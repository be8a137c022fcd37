"""mpop, delivering into a Maildir; it stores the line ends of Unix."""

from __future__ import annotations

from collections.abc import Mapping

from server_core.config.signing_in import Method
from tests.clients.conftest import HOST, PASSWORD, Box, Wire
from tests.clients.programs import maildir, private_file, run


class Mpop:
    """Its own list of unique-ids tells what is new; its Received line is switched off."""

    program = "mpop"
    methods: Mapping[Method, str] = {
        Method.USER_PASS: "user",
        Method.PLAIN: "plain",
        Method.LOGIN: "login",
        Method.APOP: "apop",
        Method.CRAM_MD5: "cram-md5",
        Method.DIGEST_MD5: "digest-md5",
        Method.SCRAM_SHA_1: "scram-sha-1",
        Method.SCRAM_SHA_256: "scram-sha-256",
        Method.EXTERNAL: "external",
    }

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
        if box.certificate:
            tls += [f"tls_cert_file {box.certificate}", f"tls_key_file {box.certificate}"]
        habit = Method.USER_PASS if box.wire is Wire.PLAIN else Method.PLAIN
        settings = [
            "account default",
            f"host {HOST}",
            f"port {box.port}",
            f"user {box.account}",
            f'password "{PASSWORD}"',
            f"auth {self.methods[box.method or habit]}",
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
