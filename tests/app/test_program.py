"""The program around the window: options, demo home, problems at the start."""

from __future__ import annotations

import asyncio
import os
import poplib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.__main__ import main
from app.demo import furnish, listen_elsewhere, write_config
from app.look.theme import Choice, Theme, tokens
from app.options import read_options
from app.window.start_problem import StartProblem, Way, problem_texts
from server_core.config.draft import ConfigRejected
from server_core.config.file import load, save
from server_core.config.model import Config, Listener, Pop3, Security
from server_core.events.views import ListenerState
from server_core.home import Home, HomeInUse
from server_core.service import MailService
from tests.app.desk import child, click

SECONDS = 60


def test_options_are_read_as_written(tmp_path: Path) -> None:
    options = read_options(
        ["--demo", "--size", "900x600", "--theme", "dark", "--screenshot", "log", "a.png"]
    )
    assert options.demo and options.size == (900, 600) and options.theme == "dark"
    assert options.screenshot == ("log", Path("a.png"))


def test_a_size_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_options(["--size", "big"])
    assert "1280x720" in capsys.readouterr().err


async def test_the_demo_has_two_accounts_with_mail_on_free_ports(tmp_path: Path) -> None:
    home = Home(tmp_path / "demo")
    write_config(home)
    service = MailService(home)
    await service.open()
    try:
        accounts = await furnish(service)
        await service.start()
        await listen_elsewhere(service)
        assert [account.name for account in accounts] == ["ann@example.com", "ben@example.com"]
        assert all(view.messages for view in await service.accounts())
        port = int(service.listeners()[0].address.rpartition(":")[2])
        assert await asyncio.to_thread(_count, port, accounts[0].name, accounts[0].password)
    finally:
        await service.stop(grace=1)


def test_a_demo_never_takes_the_place_of_settings_that_are_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "office")
    home.prepare()
    home.config_file.write_text("[server]\n", encoding="utf-8")
    assert main(["--demo", "--headless", "--home", str(home.root)]) == 1
    assert f"{home.config_file} is there already" in capsys.readouterr().err
    assert home.config_file.read_text(encoding="utf-8") == "[server]\n"


async def test_a_port_that_was_taken_since_it_was_found_free_is_no_trouble(tmp_path: Path) -> None:
    home = Home(tmp_path / "demo")
    write_config(home)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        _move_first_listener(home, address)
        service = MailService(home)
        await service.open()
        await service.start()
        try:
            assert service.listeners()[0].state is ListenerState.FAILED
            await listen_elsewhere(service)
            assert all(view.state is ListenerState.LISTENING for view in service.listeners())
            assert service.listeners()[0].address != address
        finally:
            await service.stop(grace=1)


def _move_first_listener(home: Home, address: str) -> None:
    config = load(home.config_file)
    first, *others = config.pop3.listeners
    moved = first.model_copy(update={"address": address})
    pop3 = config.pop3.model_copy(update={"listeners": (moved, *others)})
    save(home.config_file, config.model_copy(update={"pop3": pop3}))


def _count(port: int, user: str, password: str) -> int:
    client = poplib.POP3("127.0.0.1", port, timeout=SECONDS)
    client.user(user)
    client.pass_(password)
    count = client.stat()[0]
    client.quit()
    return count


def test_a_picture_of_a_page_is_taken_delays_are_told_and_the_program_ends(tmp_path: Path) -> None:
    picture, delays = tmp_path / "log.png", tmp_path / "delays"
    command = [sys.executable, "-m", "app", "--demo", "--home", str(tmp_path / "home")]
    done = subprocess.run(
        [*command, "--screenshot", "log", str(picture), "--delays", str(delays)],
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert done.returncode == 0, done.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
    lines = done.stdout.splitlines()
    assert sum(line.startswith("ready ") for line in lines) == 2
    assert sum(line.startswith("account ") for line in lines) == 2
    assert "Traceback" not in done.stderr
    assert all(float(late) >= 0 for late in delays.read_text("ascii").splitlines())
    assert delays.stat().st_size


async def test_an_unreadable_config_names_line_and_key_and_offers_the_last_good(
    qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[pop3]\nmax_errors = "many"\n', "utf-8")
    with pytest.raises(ConfigRejected) as rejected:
        load(file)
    sentence, details, offer = problem_texts(rejected.value, file)
    assert offer and "line 2" in details and "pop3.max_errors" in details
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme = Theme(application)
    window = StartProblem(theme, sentence=sentence, details=details, offers_last_good=True)
    qtbot.addWidget(window)
    window.show()
    assert child(window, QLabel, "start_problem.details").text() == details
    click(window, "start_problem.last_good")
    assert await window.way() is Way.LAST_GOOD


async def test_the_ways_on_stay_in_sight_under_any_number_of_mistakes(
    qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[pop3]\n" + "".join(f"wrong_{n} = 1\n" for n in range(200)), "utf-8")
    with pytest.raises(ConfigRejected) as rejected:
        load(file)
    sentence, details, _ = problem_texts(rejected.value, file)
    assert f"Correct {file}, then try again." in details and "wrong_199" in details
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    window = StartProblem(
        Theme(application), sentence=sentence, details=details, offers_last_good=False
    )
    qtbot.addWidget(window)
    window.show()
    assert window.height() < 600
    again = child(window, QPushButton, "start_problem.again")
    assert window.rect().contains(again.geometry())


async def test_closing_the_problem_is_giving_up(qtbot: QtBot, tmp_path: Path) -> None:
    problem = HomeInUse(tmp_path, 4711)
    sentence, details, offer = problem_texts(problem, tmp_path / "config.toml")
    assert "4711" in details and not offer
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    window = StartProblem(
        Theme(application), sentence=sentence, details=details, offers_last_good=False
    )
    qtbot.addWidget(window)
    window.show()
    window.close()
    assert await window.way() is Way.QUIT


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_program_that_cannot_start_says_why_and_ends_when_told_to(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[pop3]\nmax_errors = 3000\n", "utf-8")
    command = [sys.executable, "-m", "app", "--home", str(tmp_path)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as program:
        try:
            said = iter(program.stderr or ())
            assert any("line 2: pop3.max_errors" in line for line in said)
            program.terminate()
            assert program.wait(SECONDS) == 1
        finally:
            program.kill()


@contextmanager
def program(home: Path, *options: str, module: str = "app") -> Iterator[subprocess.Popen[str]]:
    """A program on a home, as a person starts it; it is given a minute."""
    command = [sys.executable, "-m", module, "--home", str(home), *options]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as started:
        over = threading.Timer(SECONDS, started.kill)
        over.start()
        try:
            yield started
        finally:
            over.cancel()
            started.kill()


def comes(lines: IO[str] | None, words: str) -> bool:
    """Whether a program says this before it ends."""
    return any(words in line for line in lines or ())


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A home that two programs may be started on."""
    home = Home(tmp_path / "office")
    home.prepare()
    listener = Listener(name="local", address="127.0.0.1:0", security=Security.NONE)
    save(home.config_file, Config(pop3=Pop3(listeners=(listener,))))
    return home.root


def test_starting_again_raises_the_window_and_ends(office: Path) -> None:
    with program(office, "--minimized") as first:
        assert comes(first.stdout, "ready local")
        with program(office) as again:
            assert again.wait(SECONDS) == 0
            assert again.communicate() == (
                "Postroom is open already: its window comes forward.\n",
                "",
            )
        assert first.poll() is None
        first.terminate()
        assert first.wait(SECONDS) == 0
        assert "Traceback" not in first.communicate()[1]


def test_of_two_that_start_at_once_one_serves(office: Path) -> None:
    with program(office) as one, program(office) as other:
        both = {one: one.stdout, other: other.stdout}
        said = {each: next(iter(out or ())) for each, out in both.items()}
        serving = [each for each, line in said.items() if line.startswith("ready local")]
        assert len(serving) == 1, said
        ended = other if serving == [one] else one
        assert ended.wait(SECONDS) == 0
        assert "comes forward" in said[ended]
        assert serving[0].poll() is None


def test_a_start_waits_for_the_end_of_the_one_before(office: Path) -> None:
    home = Home(office)
    with home.lock() as lock, program(office) as started:
        ends = threading.Timer(3, lock.release)
        ends.start()
        assert comes(started.stdout, "ready local")
        ends.join()


@pytest.mark.parametrize(
    ("module", "option"),
    [("app", "--headless"), ("server_core.ctl.main", "serve")],
    ids=["postroom", "postroomctl"],
)
def test_a_server_without_a_window_is_told_about(office: Path, module: str, option: str) -> None:
    with program(office, option, module=module) as first:
        assert comes(first.stdout, "ready local")
        with program(office) as again:
            assert comes(again.stderr, "Postroom is already running with this data folder.")
            again.terminate()
            assert again.wait(SECONDS) == 1
        assert first.poll() is None


def test_ten_thousand_void_calls_lose_nothing(qtbot: QtBot) -> None:
    """PySide6 6.12.0 under Python 3.11 lost a reference to None in each and aborted."""
    widget = QWidget()
    qtbot.addWidget(widget)
    before = sys.getrefcount(None)
    for _ in range(10_000):
        widget.update()
    # Constants of other tests come and go; a lost reference each would be ten thousand.
    assert before - sys.getrefcount(None) < 5_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_both_themes(scheme: str) -> None:
    colors = tokens()[scheme]
    for text in ("text", "muted", "accent", "problem", "attention", "ok"):
        for ground in ("surface", "window", "alternate"):
            assert _contrast(colors[text], colors[ground]) >= 4.5, (text, ground)
    assert _contrast(colors["on_accent"], colors["accent"]) >= 4.5
    for state in ("ok", "info", "attention", "problem"):
        assert _contrast(colors["text"], colors[f"{state}_soft"]) >= 4.5
    assert _contrast(colors["focus"], colors["surface"]) >= 3


def test_the_theme_draws_every_icon_it_is_asked_for(qtbot: QtBot) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme = Theme(application, Choice.DARK)
    assert theme.dark and not theme.icon("dashboard").isNull()


def _contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 computes it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
