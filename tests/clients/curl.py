"""curl, as scripts use it: UIDL to see what is new, one transfer for all of it, DELE."""

from __future__ import annotations

from collections.abc import Mapping

from server_core.config.signing_in import Method
from tests.clients.conftest import HOST, PASSWORD, Box, Wire
from tests.clients.programs import run


class Curl:
    """What its user keeps between runs is a file of the unique-ids seen."""

    program = "curl"
    methods: Mapping[Method, str] = {
        Method.PLAIN: "PLAIN",
        Method.LOGIN: "LOGIN",
        Method.APOP: "+APOP",
        Method.CRAM_MD5: "CRAM-MD5",
        Method.DIGEST_MD5: "DIGEST-MD5",
        Method.EXTERNAL: "EXTERNAL",
    }

    def fetch(self, box: Box, *, keep: bool) -> list[bytes]:
        """Fetch the messages whose unique-ids are not in the file."""
        seen_file = box.state / "seen"
        seen = set(seen_file.read_text().split()) if seen_file.exists() else set()
        listing = self._curl(box, [], "", "--request", "UIDL")
        ids = dict(line.split() for line in listing.splitlines() if line)
        new = [number for number, unique_id in ids.items() if unique_id not in seen]
        if not new:
            return []
        numbers = "{" + ",".join(new) + "}"
        folder = box.new_folder()
        self._curl(box, ["--output", f"{folder}/#1"], numbers)
        if not keep:
            self._curl(box, ["--head"], numbers, "--request", "DELE")
        seen_file.write_text("\n".join(ids.values()))
        return [(folder / number).read_bytes() for number in new]

    def changed(self, message: bytes) -> bytes:
        """It changes nothing."""
        return message

    def _curl(self, box: Box, options: list[str], numbers: str, *more: str) -> str:
        scheme = "pop3s" if box.wire is Wire.TLS else "pop3"
        password = "" if box.method is Method.EXTERNAL else PASSWORD
        command = ["curl", "--silent", "--show-error", "--user", f"{box.account}:{password}"]
        command += ["--cacert", str(box.server.ca), *options, *more]
        command += ["--cert", str(box.certificate)] if box.certificate else []
        if box.method:
            command += ["--login-options", f"AUTH={self.methods[box.method]}"]
        command += ["--ssl-reqd"] if box.wire is not Wire.PLAIN else []
        return run([*command, f"{scheme}://{HOST}:{box.port}/{numbers}"], box.state)
