"""One home that is struck again and again at random moments, and looked through after each."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from pathlib import Path

from tests.faults.ledger import SEEN_PROMISE, Ledger, Shown
from tests.faults.load import Load, Moment, Trigger
from tests.faults.records import Records
from tests.faults.server import Server, make_home, postroomctl

ACCOUNTS = ("ann", "bob", "eve")
_WEIGHTS = {Moment.LINGERING: 1, Moment.DELIVERING: 4, Moment.QUITTING: 4}
_USUAL_WEIGHT = 3
# How long after its trigger the blow may fall, at most.
_DELAYS = {Moment.RECOVERING: 0.15}
_USUAL_DELAY = 0.02
_MOST_WAIT = 3.0
_CHECK_FILES_EVERY = 20


class Siege:
    """A home, its oracles, and so many kills; the same seed chooses the same moments."""

    def __init__(self, home: Path, *, seed: int, kills: int, given_up: threading.Event) -> None:
        self.struck: Counter[Moment] = Counter()
        self.ledger = Ledger(ACCOUNTS)
        self._records = Records(ACCOUNTS, self.ledger.complain)
        self._home = home
        self._seed = seed
        self._kills = kills
        self._given_up = given_up
        self._dice = random.Random(f"{home.name}-{seed}")
        self._start_seconds = 0.5

    def run(self) -> None:
        """Strike and look, to the end or to the first broken promise."""
        try:
            make_home(self._home, *ACCOUNTS)
            self._lift_limits()
            bag = [moment for moment in Moment for _ in range(_WEIGHTS.get(moment, _USUAL_WEIGHT))]
            for number in range(self._kills):
                if number % len(bag) == 0:
                    self._dice.shuffle(bag)
                moment = bag[number % len(bag)]
                self._strike(number, moment)
                self._judge(f"before kill {number + 1}, {moment.value}")
                if self._given_up.is_set():
                    return
                if number % _CHECK_FILES_EVERY == _CHECK_FILES_EVERY - 1:
                    self._check_files()
            self._end_in_peace()
        except BaseException:
            self._given_up.set()
            raise

    def _lift_limits(self) -> None:
        """A quick machine signs in oftener, from one address, than an office may in a minute."""
        for limit in ("max_new", "max_new_per_peer"):
            done = postroomctl(self._home, "config", "set", f"pop3.flow.{limit}", "0")
            assert done.returncode == 0, done.stderr

    def _strike(self, number: int, moment: Moment) -> None:
        server = Server(self._home)
        try:
            if moment is Moment.STARTING:
                # Most of a start is imports; what touches the home comes late.
                share = self._dice.triangular(0, 1.2, 0.95)
                server.live_for(self._start_seconds * share)
            else:
                self._strike_at_work(server, number, moment)
        finally:
            server.kill()
        self.struck[moment] += 1

    def _strike_at_work(self, server: Server, number: int, moment: Moment) -> None:
        began = time.monotonic()
        server.wait_ready()
        self._start_seconds = time.monotonic() - began
        if moment is not Moment.RECOVERING:
            self._look(server)
        trigger = Trigger(moment, self._dice.randint(1, 8))
        load = Load(server, self.ledger, self._records, trigger, name=f"{self._home.name}.{number}")
        died = time.monotonic()
        try:
            self._wait_for(moment, trigger, server)
            stopping = moment is Moment.STOPPING
            if stopping:
                load.expect_the_end()
                server.ask_to_stop()
                server.live_for(self._dice.uniform(0, 0.5))
            died = time.monotonic()
            if not server.is_alive and not stopping:
                self.ledger.complain(f"the server died by itself; {server.said()}")
        finally:
            load.expect_the_end()
            status = server.kill()
            load.end()
        self.ledger.server_died(died, in_order=status == 0)

    def _wait_for(self, moment: Moment, trigger: Trigger, server: Server) -> None:
        if moment is Moment.LINGERING:
            server.live_for(SEEN_PROMISE + self._dice.uniform(0.3, 1))
        elif moment is Moment.STOPPING:
            server.live_for(self._dice.uniform(0.1, 0.4))
        else:
            trigger.wait(_MOST_WAIT)
            server.live_for(self._dice.uniform(0, _DELAYS.get(moment, _USUAL_DELAY)))

    def _look(self, server: Server) -> None:
        """See everything, as a client and as the administrator, without changing anything."""
        for account in ACCOUNTS:
            self.ledger.compare(account, look_at(server, account))
        self._records.compare(server)
        # A restart has swept what was left behind: not even a leftover is found.
        for finding in server.ask("check", repair=False):
            self.ledger.complain(f"check finds: {finding}")

    def _check_files(self) -> None:
        checked = postroomctl(self._home, "check")
        if checked.returncode:
            self.ledger.complain(f"postroomctl check: {checked.stdout} {checked.stderr}")
        self._judge("with the server down")

    def _end_in_peace(self) -> None:
        for _ in range(2):
            with Server(self._home) as server:
                self._look(server)
                assert server.stop() == 0, server.said()
            self._judge("at the end")
        self._check_files()

    def _judge(self, when: str) -> None:
        assert not self.ledger.violations, "\n".join(
            [f"seed {self._seed}, {self._home.name}, {when}:", *self.ledger.violations[:10]]
        )


def look_at(server: Server, account: str) -> dict[str, Shown]:
    """A mailbox by unique-id; TOP with all lines shows a message and leaves it unread."""
    views = {view.unique_id: view for view in server.ask("messages", account=account)}
    with server.signed_in(account) as session:
        sizes, unique_ids = session.listing("LIST"), session.listing("UIDL")
        session.send(*(f"TOP {number} 9999999" for number in unique_ids))
        texts = {}
        for number in unique_ids:
            reply = session.line()
            assert reply.startswith("+OK"), f"{account}, {unique_ids[number]}: {reply}"
            texts[number] = session.body()
        assert session.say("QUIT").startswith("+OK")
    assert sorted(unique_ids.values()) == sorted(views), "UIDL and the index disagree"
    return {
        one: Shown(int(sizes[number]), texts[number], views[one].seen)
        for number, one in unique_ids.items()
    }
