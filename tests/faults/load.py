"""What a busy office does to a server, on several threads, entered in the ledger as it happens."""

from __future__ import annotations

import random
import shutil
import threading
import time
import traceback
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from server_core.service import Refused
from tests.faults.conversation import Conversation, LineLost
from tests.faults.ledger import Ledger
from tests.faults.letters import Letter, new_letter, write_letters
from tests.faults.records import Records
from tests.faults.server import PATIENCE, Server

_DELIVERERS = 2
_READERS = 3
_CROWDED = 40
_COMFORTABLE = 15


class Moment(Enum):
    """What a server is busy with when it is killed."""

    STARTING = "starting"
    RECOVERING = "opening mailboxes after a death"
    DELIVERING = "a delivery"
    RETRIEVING = "RETR"
    DELETING = "DELE"
    QUITTING = "QUIT with messages to remove"
    CONFIGURING = "a change of settings or accounts"
    LINGERING = "long enough for Seen flags"
    STOPPING = "stopping"


class Trigger:
    """Fires at the n-th time that a chosen thing is under way."""

    def __init__(self, moment: Moment, times: int) -> None:
        self._moment = moment
        self._left = times
        self._lock = threading.Lock()
        self._fired = threading.Event()

    def note(self, moment: Moment) -> None:
        """Such a command was just sent."""
        with self._lock:
            self._left -= moment is self._moment
            if self._left <= 0:
                self._fired.set()

    def wait(self, seconds: float) -> bool:
        """Whether it fired in this time."""
        return self._fired.wait(seconds)


class Load:
    """Threads at work on one life of a server; ``end`` joins them when the server is dead."""

    def __init__(
        self, server: Server, ledger: Ledger, records: Records, trigger: Trigger, *, name: str
    ) -> None:
        self._server = server
        self._ledger = ledger
        self._records = records
        self._trigger = trigger
        self._bag = server.home.root.with_name(f"{server.home.root.name}-bag")
        self._bag.mkdir(exist_ok=True)
        self._ending = threading.Event()
        work = [*[self._deliver] * _DELIVERERS, *[self._read] * _READERS, self._administer]
        self._threads = [
            threading.Thread(target=self._run, args=(task, random.Random(f"{name}-{number}")))
            for number, task in enumerate(work)
        ]
        self._names = iter(range(10**9))
        self._name = name
        for thread in self._threads:
            thread.start()

    def expect_the_end(self) -> None:
        """From now on a lost line is no surprise."""
        self._ending.set()

    def end(self) -> None:
        """Return once all threads have ended."""
        self.expect_the_end()
        for thread in self._threads:
            thread.join(PATIENCE)
            if thread.is_alive():
                self._ledger.complain("a client hangs although the server is dead")
        shutil.rmtree(self._bag, ignore_errors=True)

    def _run(self, task: Callable[[random.Random], None], dice: random.Random) -> None:
        while not self._ending.is_set():
            try:
                task(dice)
            except (LineLost, Refused, ConnectionError):
                if self._server.is_alive and not self._ending.is_set():
                    self._server.live_for(0.3)
                    words = f"a living server hung up: {traceback.format_exc()}"
                    self._ledger.complain(f"{words} {self._server.said()}")
                return
            except Exception:  # noqa: BLE001 - it becomes a failure of the test
                self._ledger.complain(traceback.format_exc())
                return

    def _deliver(self, dice: random.Random) -> None:
        account = dice.choice(self._ledger.accounts)
        if self._ledger.count(account) > _CROWDED:
            self._ending.wait(0.01)
            return
        many = dice.choice((1, 1, 1, 2, 5, 8))
        tokens = (f"{self._name}-{next(self._names)}" for _ in range(many))
        letters = [new_letter(token, dice) for token in tokens]
        path = self._bag / letters[0].token
        write_letters(letters, path, mbox=many > 1 and dice.random() < 0.4)
        self._import(account, path, letters)

    def _import(self, account: str, path: Path, letters: list[Letter]) -> None:
        with self._server.control() as link:
            self._ledger.offer(account, letters)
            self._trigger.note(Moment.DELIVERING)
            report = link.call("import_mail", account=account, path=path)
        if (report.delivered, report.skipped) != (len(letters), ()):
            self._ledger.complain(f"{len(letters)} letters were imported as {report}")
            return
        self._ledger.acknowledge(letters)

    def _administer(self, dice: random.Random) -> None:
        with self._server.control() as link:
            self._trigger.note(Moment.CONFIGURING)
            if dice.random() < 0.5:
                self._records.change_setting(link, dice)
            else:
                self._records.change_accounts(link, dice)
        self._ending.wait(dice.uniform(0, 0.05))

    def _read(self, dice: random.Random) -> None:
        account = dice.choice(self._ledger.accounts)
        with self._server.connect() as session:
            self._trigger.note(Moment.RECOVERING)
            reply = session.sign_in(account)
            assert reply.startswith("+OK"), reply
            unique_ids = session.listing("UIDL")
            wanted = dice.sample(sorted(unique_ids), min(len(unique_ids), 4))
            read = {
                number: token
                for number in wanted
                if (token := self._retrieve(session, account, number, unique_ids[number]))
            }
            known = {
                number: token
                for number, one in unique_ids.items()
                if (token := self._ledger.token(account, one))
            }
            surplus = max(0, len(unique_ids) - _COMFORTABLE)
            some = dice.sample(sorted(known), min(len(known), dice.randint(0, surplus)))
            doomed = known | read
            self._leave(session, {n: doomed[n] for n in {*some, *read}}, dice)

    def _retrieve(self, session: Conversation, account: str, number: int, unique_id: str) -> str:
        self._ledger.ask_for(account, unique_id)
        session.send(f"RETR {number}")
        self._trigger.note(Moment.RETRIEVING)
        reply = session.line()
        if not reply.startswith("+OK"):
            if not self._ledger.may_be_gone(account, unique_id):
                self._ledger.complain(f"RETR of {unique_id} in {account}: {reply}")
            return ""
        return self._ledger.take(account, unique_id, session.body(), time.monotonic())

    def _leave(self, session: Conversation, doomed: dict[int, str], dice: random.Random) -> None:
        """Mark messages; then QUIT, at once or later, or hang up, or think better of it."""
        commands = [f"DELE {number}" for number in doomed]
        manner = dice.choice(("lock step", "lock step", "pipelined", "hang up", "reset"))
        if manner == "pipelined":
            self._quit(session, [*commands, "QUIT"], list(doomed.values()))
            return
        replies = []
        for command in commands:
            session.send(command)
            self._trigger.note(Moment.DELETING)
            replies.append(session.line())
        if manner == "reset":
            session.say("RSET")
        if manner != "hang up":
            marked = [
                token
                for token, reply in zip(doomed.values(), replies, strict=True)
                if reply.startswith("+OK") and manner != "reset"
            ]
            self._quit(session, ["QUIT"], marked)

    def _quit(self, session: Conversation, commands: list[str], tokens: list[str]) -> None:
        self._ledger.begin_removal(tokens)
        session.send(*commands)
        if tokens:
            self._trigger.note(Moment.QUITTING)
        replies = [session.line() for _ in commands]
        if replies[-1].startswith("+OK"):
            marked = replies[:-1] or ["+OK"] * len(tokens)
            self._ledger.finish_removal(
                token for token, reply in zip(tokens, marked, strict=True) if reply[0] == "+"
            )
        else:
            self._ledger.complain(f"QUIT was answered: {replies[-1]}")
