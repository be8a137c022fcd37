"""fetchmail, handing each message to a delivery agent as it came."""

from __future__ import annotations

import re
from collections.abc import Mapping

from server_core.config.signing_in import Method
from tests.clients.conftest import HOST, PASSWORD, Box, Wire
from tests.clients.programs import private_file, run

_NO_MAIL = 1
# What it writes over mail that has no header at all; named by the host it runs on.
_OWN_HEADER = re.compile(rb"\AFrom: FETCHMAIL-DAEMON\r\nTo: [^\n]*\nSubject: [^\n]*\n")


class Fetchmail:
    """Its idfile tells what is new; all its rewriting of messages is switched off."""

    program = "fetchmail"
    methods: Mapping[Method, str] = {
        Method.USER_PASS: "protocol pop3 auth password",
        Method.APOP: "protocol apop",
        Method.CRAM_MD5: "protocol pop3 auth cram-md5",
    }

    def fetch(self, box: Box, *, keep: bool) -> list[bytes]:
        """Run it once; the delivery agent writes each message into a file of its own."""
        folder = box.new_folder()
        agent = f'sh -c "cat >{folder}/$$"'
        # It compares host names only, so it is told which one of the certificate's it has to be.
        verified = f"sslproto TLS1.2+ sslcertck sslcertfile {box.server.ca} sslcommonname localhost"
        protect = {Wire.PLAIN: "sslproto ''", Wire.STLS: verified, Wire.TLS: f"ssl {verified}"}
        protocol = self.methods[box.method] if box.method else "protocol pop3"
        # ``invisible``: no Received line of its own; ``pass8bits`` and ``no stripcr``: octets stay.
        settings = f"""
            set no bouncemail
            set no spambounce
            set invisible
            set pidfile "{box.state}/pid"
            set idfile "{box.state}/ids"
            poll {HOST} service {box.port} {protocol} uidl no envelope no dns bad-header accept
                user "{box.account}" password "{PASSWORD}" is "somebody" here
                {protect[box.wire]}
                {"keep" if keep else "no keep"} no rewrite no stripcr no forcecr pass8bits
                no mimedecode no dropstatus no dropdelivered no fetchall
                mda '{agent}'
        """
        rc = private_file(box.state / "fetchmailrc", settings)
        command = ["fetchmail", "--fetchmailrc", str(rc), "--nosyslog", "--nodetach"]
        run(command, box.state, accepted=(0, _NO_MAIL))
        files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        return [_OWN_HEADER.sub(b"", file.read_bytes()) for file in files]

    def changed(self, message: bytes) -> bytes:
        """It drops a first line that begins with "From ", the separator of an mbox.

        It also writes the empty line after a header that never ends.
        """
        kept = message.partition(b"\n")[2] if message.startswith(b"From ") else message
        return kept if kept.startswith(b"\r\n") or b"\r\n\r\n" in kept else kept + b"\r\n"
