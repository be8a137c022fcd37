"""What a connection costs while nobody says anything, OpenSSL's part included."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

# Clients live in a process of their own, so that only the server's side is measured.
_CLIENTS = """
    import socket, ssl, sys
    port, count, tls, password = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    open_ones = []
    for _ in range(count):
        client = socket.create_connection(("127.0.0.1", port))
        if tls == "tls":
            client = context.wrap_socket(client)
        client.recv(500)
        for line in ("USER ann", "PASS " + password):
            client.sendall(line.encode() + b"\\r\\n")
            assert client.recv(500).startswith(b"+OK")
        open_ones.append(client)
    print("in", flush=True)
    sys.stdin.read()
"""

_SERVER = """
    import asyncio, gc, resource, subprocess, sys
    from pathlib import Path
    import psutil
    from server_core.config.model import Security
    from server_core.home import Home
    from server_core.service import MailService
    from tests.net.conftest import ANY_CROWD, PASSWORD, listener, office, save_config

    def held():
        gc.collect()
        return psutil.Process().memory_info().rss

    async def crowd(service, count, tls):
        port = service.listeners()[0].address.rpartition(":")[2]
        clients = await asyncio.create_subprocess_exec(
            sys.executable, "-c", sys.argv[3], port, str(count), tls, PASSWORD,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        assert await clients.stdout.readline() == b"in\\n"
        return clients

    async def main(home, tls):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        service = MailService(Home(Path(home)))
        service.home.prepare()
        security = Security.TLS if tls == "tls" else Security.NONE
        save_config(service, office(listener(security=security), **ANY_CROWD))
        await service.start()
        await service.add_account("ann", PASSWORD)
        first = await crowd(service, 200, tls)
        before = held()
        second = await crowd(service, 1000, tls)
        assert service.status().sessions == 1200
        print((held() - before) / 1000 / 1024)
        for clients in (first, second):
            clients.stdin.close()
            await clients.wait()
        await service.stop(grace=0.2)

    asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of open files are Unix's")
@pytest.mark.parametrize(("tls", "most"), [("plain", 8), ("tls", 25)])
def test_a_signed_in_session_that_rests_is_small(tmp_path: Path, tls: str, most: int) -> None:
    resource = pytest.importorskip("resource")
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 3000:
        pytest.skip("this system allows too few open files")
    server = [sys.executable, "-c", textwrap.dedent(_SERVER), str(tmp_path / "home"), tls]
    done = subprocess.run(
        [*server, textwrap.dedent(_CLIENTS)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    grown = float(done.stdout)
    assert grown < most, f"{grown:.1f} KB for each session"
