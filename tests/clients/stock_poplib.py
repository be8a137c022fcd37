"""Python's own poplib, as people write scripts with it."""

from __future__ import annotations

import json
import poplib
import ssl
from collections.abc import Mapping

from server_core.config.signing_in import Method
from tests.clients.conftest import HOST, PASSWORD, Box, Wire

# poplib gives up on lines above 2,048 octets, its own guard; messages have longer ones.
poplib._MAXLINE = 65_536  # type: ignore[attr-defined]


class Poplib:
    """What its user keeps between runs is a file of the unique-ids seen."""

    program = ""
    methods: Mapping[Method, str] = {Method.USER_PASS: "pass_", Method.APOP: "apop"}

    def fetch(self, box: Box, *, keep: bool) -> list[bytes]:
        """Fetch the messages whose unique-ids are not in the file."""
        seen_file = box.state / "seen.json"
        seen = json.loads(seen_file.read_text()) if seen_file.exists() else []
        client = self._sign_in(box)
        ids = [line.decode().split() for line in client.uidl()[1]]
        fetched = []
        for number, unique_id in ids:
            if unique_id in seen:
                continue
            fetched.append(b"".join(line + b"\r\n" for line in client.retr(int(number))[1]))
            if not keep:
                client.dele(int(number))
        client.quit()
        seen_file.write_text(json.dumps([unique_id for _, unique_id in ids]))
        return fetched

    def changed(self, message: bytes) -> bytes:
        """It changes nothing."""
        return message

    def _sign_in(self, box: Box) -> poplib.POP3:
        trust = ssl.create_default_context(cafile=str(box.server.ca))
        client: poplib.POP3
        if box.wire is Wire.TLS:
            client = poplib.POP3_SSL(HOST, box.port, timeout=30, context=trust)
        else:
            client = poplib.POP3(HOST, box.port, timeout=30)
        if box.wire is Wire.STLS:
            client.stls(trust)
        try:
            if box.method is Method.APOP:
                client.apop(box.account, PASSWORD)
            else:
                client.user(box.account)
                client.pass_(PASSWORD)
        except poplib.error_proto:
            client.close()
            raise
        return client
