"""The operating system's own log: syslog or journal, the unified log, the Event Log."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence

from server_core.events.types import Level
from server_core.logs.destination import Unwritten, Writer
from server_core.logs.entry import Entry
from server_core.logs.syslog import cut, priority

SOCKET = "/dev/log"
_SECONDS = 1.0

if sys.platform == "win32":
    import ctypes

    _KINDS = {Level.CRITICAL: 1, Level.ERROR: 1, Level.WARNING: 2, Level.INFO: 4, Level.PROTOCOL: 4}

    class SystemLog:
        """A ``Writer`` into the Event Log, as source Postroom of the application log."""

        def __init__(self) -> None:
            api = ctypes.WinDLL("advapi32", use_last_error=True)
            api.RegisterEventSourceW.restype = ctypes.c_void_p
            api.ReportEventW.argtypes = [
                *(ctypes.c_void_p, ctypes.c_uint16, ctypes.c_uint16, ctypes.c_uint32),
                *(ctypes.c_void_p, ctypes.c_uint16, ctypes.c_uint32),
                *(ctypes.POINTER(ctypes.c_wchar_p), ctypes.c_void_p),
            ]
            api.DeregisterEventSource.argtypes = [ctypes.c_void_p]
            self._api = api
            self._source = api.RegisterEventSourceW(None, "Postroom")
            if not self._source:
                raise ctypes.WinError(ctypes.get_last_error())

        def write(self, entries: Sequence[Entry]) -> None:
            """Report the entries."""
            for number, entry in enumerate(entries):
                texts = (ctypes.c_wchar_p * 1)(_text(entry))
                done = self._api.ReportEventW(
                    self._source, _KINDS[entry.level], 0, 1, None, 1, 0, texts, None
                )
                if not done:
                    problem = ctypes.WinError(ctypes.get_last_error())
                    raise Unwritten(problem, entries[number:])

        def close(self) -> None:
            """Give the source back."""
            self._api.DeregisterEventSource(self._source)

else:
    import syslog

    class UnifiedLog:
        """A ``Writer`` by syslog(3), which macOS hands on to the unified log.

        Since macOS 12 nobody takes what is sent to the socket /var/run/syslog.
        """

        def __init__(self) -> None:
            syslog.openlog("postroom", syslog.LOG_PID)

        def write(self, entries: Sequence[Entry]) -> None:
            """Hand over the entries; the system does not say whether it took them."""
            for entry in entries:
                words = cut(_text(entry).encode("utf-8", "replace"))
                syslog.syslog(priority(entry.level), words.decode())

        def close(self) -> None:
            """Close the log."""
            syslog.closelog()

    class SystemLog:
        """A ``Writer`` to the daemon's socket, in the form that local programs speak (RFC 3164)."""

        def __init__(self, path: str = SOCKET) -> None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.settimeout(_SECONDS)
            try:
                self._socket.connect(path)
            except OSError as problem:
                self._socket.close()
                raise OSError(f"no system log listens at {path}") from problem

        def write(self, entries: Sequence[Entry]) -> None:
            """Send the entries."""
            pid = os.getpid()
            for number, entry in enumerate(entries):
                words = f"<{priority(entry.level)}>postroom[{pid}]: {_text(entry)}"
                try:
                    self._socket.send(cut(words.encode("utf-8", "replace")))
                except OSError as problem:
                    raise Unwritten(problem, entries[number:]) from problem

        def close(self) -> None:
            """Close the socket."""
            self._socket.close()


def system_log() -> Writer:
    """The log of the system that this runs on."""
    if sys.platform == "darwin":
        return UnifiedLog()
    return SystemLog()


def _text(entry: Entry) -> str:
    return f"{entry.module}:{entry.session:08X}: {entry.text}"
