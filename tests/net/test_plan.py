"""Only what differs is touched."""

from __future__ import annotations

from server_core.config.model import Listener, Security
from server_core.net.plan import Plan, plan

A = Listener(name="a", address="127.0.0.1:1110")
B = Listener(name="b", address="127.0.0.1:1995", security=Security.TLS)


def test_nothing_is_touched_when_nothing_differs() -> None:
    assert plan({"a": A, "b": B}, [A, B]) == Plan()


def test_only_what_differs_is_touched() -> None:
    moved = B.model_copy(update={"address": "127.0.0.1:3995"})
    assert plan({"a": A, "b": B}, [A, moved]) == Plan(stop=frozenset({"b"}), start=(moved,))


def test_a_socket_that_may_stay_stays() -> None:
    patient = A.model_copy(update={"idle_timeout": 900})
    assert plan({"a": A}, [patient]) == Plan(update=(patient,))


def test_a_listener_that_is_switched_off_is_stopped() -> None:
    off = A.model_copy(update={"enabled": False})
    assert plan({"a": A}, [off]) == Plan(stop=frozenset({"a"}))


def test_a_new_listener_is_started_and_a_lost_one_stopped() -> None:
    assert plan({"a": A}, [B]) == Plan(stop=frozenset({"a"}), start=(B,))
