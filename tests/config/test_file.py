"""The configuration file: problems have a line and a key, and saving respects what is there."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from server_core.config.draft import ConfigRejected, Draft
from server_core.config.file import (
    fingerprint,
    keep_last_good,
    last_good_of,
    load,
    parse,
    render,
    save,
)
from server_core.config.model import Config, Listener, Pop3, Security, Server
from server_core.config.signing_in import Method

COMMENTED = """\
# Our office server
[storage]   # disk
cached_mailboxes = 10

[pop3]
max_errors = 5   # five is enough
greeting = '''[[pop3.listeners]] %% # not a comment'''

# The old machines
[[pop3.listeners]]
name = "old"
address = "127.0.0.1:1110"  # loopback
security = "none"

# Everybody else
[[pop3.listeners]]
name = "new"
address = "127.0.0.1:1995"
security = "tls"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def problems(text: str | bytes) -> list[str]:
    with pytest.raises(ConfigRejected) as rejected:
        parse(text.encode() if isinstance(text, str) else text)
    return [str(problem) for problem in rejected.value.problems]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[pop3\nmax_errors = 1\n", "line 1: not valid TOML: expected ']'"),
        ("[pop3]\n\nmax_errors == 1\n", "line 3: pop3.max_errors: not valid TOML"),
        ("[pop3]\nmax_errors = 1\nmax_errors = 2\n", "line 3: pop3.max_errors: not valid TOML"),
        ("[server]\nname = 'open\n", "line 2: server.name: not valid TOML"),
        ("[server]\nname = '''open\n", "line 2: server.name: not valid TOML"),
        (b"[server]\nname = '\xff'\n", "line 2: is not UTF-8 text"),
        ("x = " + "[" * 100_000, "is nested too deeply"),
        ("x = " + "9" * 5000, "holds a number that is too long"),
        ("[pop3]\nmax_errors = 0x" + "f" * 5000, "holds a number that is too long"),
    ],
)
def test_what_is_not_toml_is_located(text: str | bytes, problem: str) -> None:
    (found,) = problems(text)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[pop3]\nmax_errors = 101",
            "line 2: pop3.max_errors: must be a whole number from 0 to 100",
        ),
        (
            "\n[pop3]\nmax_errors = '7'",
            "line 3: pop3.max_errors: must be a whole number from 0 to 100",
        ),
        (
            "pop3.max_errors = 1.5",
            "line 1: pop3.max_errors: must be a whole number from 0 to 100",
        ),
        (
            "[pop3]\nauth_failure_delay = nan",
            "line 2: pop3.auth_failure_delay: must be a number from 0 to 10",
        ),
        (
            "[pop3]\nmax_eror = 3",
            "line 2: pop3.max_eror: there is no such setting; did you mean max_errors?",
        ),
        (
            "[server]\nidle_timeout = 3",
            "line 2: server.idle_timeout: there is no such setting; it belongs to "
            "pop3.listeners.NAME",
        ),
        ("# ?\n[pop]\na = 1", "line 2: pop: there is no such setting; did you mean pop3?"),
        ("pop3 = 5", "line 1: pop3: must be a table of settings"),
        ("[pop3]\nlisteners = 5", "line 2: pop3.listeners: must be a list"),
        ("[pop3]\nlisteners = [5]", "line 2: pop3.listeners.#1: must be a table of settings"),
        (
            "[pop3]\nplain_methods = [\n  'plain',\n  'plian',\n]",
            f"line 2: pop3.plain_methods: choose one of {', '.join(Method)}; "
            "did you mean plain?",
        ),
        (
            "[[pop3.listeners]]\naddress = '*:110'",
            "line 1: pop3.listeners.#1.name: must not be empty",
        ),
        (
            'pop3.listeners = [{ name = "x", adress = "*:1" }]',
            "line 1: pop3.listeners.x.adress: there is no such setting; did you mean address?",
        ),
        ("server.name = 2026-01-01T00:00:00Z\nserver.nam = 1", "line 2: server.nam: there is no "
         "such setting; did you mean name?"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_its_line(text: str, problem: str) -> None:
    assert problems(text) == [problem]


def test_every_problem_is_told_in_the_order_of_the_file() -> None:
    text = COMMENTED.replace('"tls"', '"ssl"').replace("= 10", "= 0").replace(":1995", "")
    assert problems(text) == [
        "line 3: storage.cached_mailboxes: must be a whole number from 1 to 100000",
        "line 18: pop3.listeners.new.address: write an address and a port, like 127.0.0.1:1110, "
        "[::1]:1110 or *:1110",
        "line 19: pop3.listeners.new.security: choose one of none, starttls, starttls-required, "
        "tls",
    ]


def test_a_collision_is_located_at_the_second_listener() -> None:
    assert problems(COMMENTED.replace(":1995", ":1110")) == [
        "line 18: pop3.listeners.new.address: port 1110 of listener 'new' is already used by "
        "listener 'old'"
    ]
    assert problems(COMMENTED.replace('"new"', '"Old"'))[0].startswith(
        "line 17: pop3.listeners.Old.name: two listeners are called"
    )


def test_a_file_that_windows_wrote_is_read_like_any_other() -> None:
    text = "\N{BOM}" + COMMENTED.replace("\n", "\r\n")
    assert parse(text.encode()) == parse(COMMENTED.encode())
    (problem,) = problems(text.replace("max_errors = 5", "max_errors = 101"))
    assert problem.startswith("line 6: pop3.max_errors")


def test_an_empty_file_means_all_defaults(file: Path) -> None:
    file.write_bytes(b"")
    assert load(file) == Config()


def test_a_missing_file_is_the_worlds_failure(file: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(file)


def test_a_new_file_says_where_the_reference_is_and_holds_what_differs(file: Path) -> None:
    config = Config(server=Server(name="mail"))
    save(file, config)
    text = file.read_text()
    assert "postroomctl config reference" in text
    assert [line for line in text.splitlines() if line and line[0] != "#"] == [
        "[server]",
        'name = "mail"',
    ]
    assert load(file) == config
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o777 == 0o600


def test_comments_order_and_layout_stay(file: Path) -> None:
    file.write_text(COMMENTED)
    draft = Draft(load(file))
    draft.set("pop3.max_errors", 6)
    draft.set("pop3.listeners.old.idle_timeout", 60)
    save(file, draft.checked())
    assert file.read_text() == COMMENTED.replace("= 5 ", "= 6 ").replace(
        'security = "none"\n', 'security = "none"\nidle_timeout = 60\n'
    )


def test_saving_what_is_there_changes_no_octet(file: Path) -> None:
    file.write_text(COMMENTED)
    save(file, load(file))
    assert file.read_text() == COMMENTED


def test_a_value_that_goes_back_to_its_default_stays_visible(file: Path) -> None:
    file.write_text(COMMENTED)
    draft = Draft(load(file))
    draft.remove("pop3.max_errors")
    save(file, draft.checked())
    assert "max_errors = 20   # five is enough" in file.read_text()


def test_listeners_come_go_and_are_renamed_around_comments(file: Path) -> None:
    file.write_text(COMMENTED)
    draft = Draft(load(file))
    draft.remove("pop3.listeners.old")
    draft.set("pop3.listeners.new.name", "everybody")
    draft.set("pop3.listeners.third", {"address": "[::1]:3110"})
    save(file, wanted := draft.checked())
    text = file.read_text()
    assert load(file) == wanted
    assert '# Everybody else\n[[pop3.listeners]]\nname = "everybody"\naddress' in text
    assert "loopback" not in text
    assert text.index("everybody") < text.index('[[pop3.listeners]]\nname = "third"')


def test_a_new_listener_stands_before_what_is_said_of_the_next_section(file: Path) -> None:
    file.write_text(
        "[[pop3.listeners]]\nname = 'a'\naddress = '*:1'\n\n# The disk\n[storage]\n"
        "cached_mailboxes = 2\n"
    )
    draft = Draft(load(file))
    draft.set("pop3.listeners.b", {"address": "*:2"})
    save(file, draft.checked())
    assert "# The disk\n[storage]\n" in file.read_text()


@pytest.mark.parametrize(
    "text",
    [
        "pop3.listeners = [{name = 'a', address = '*:1'}]\n",
        "[pop3]\nlisteners = []\n",
        "[pop3]\nmax_errors = 2\n[server]\nname = 'x'\n[[pop3.listeners]]\nname = 'a'\n",
        "pop3 = { max_errors = 3 }\n",
        "pop3.max_errors = 3\nserver.name = 'x'\n",
        "[[pop3.listeners]]\nname = 'a'\n[storage]\n[[pop3.listeners]]\nname='b'\naddress='*:2'\n",
    ],
)
def test_any_way_to_write_it_can_be_saved_over(file: Path, text: str) -> None:
    file.write_text(text)
    draft = Draft(load(file))
    draft.set("pop3.listeners.added", {"address": "*:995", "security": "tls"})
    draft.set("storage.cached_mailboxes", 3)
    draft.set("pop3.max_errors", 9)
    save(file, wanted := draft.checked())
    assert load(file) == wanted


def test_no_listener_at_all_is_kept(file: Path) -> None:
    save(file, config := Config(pop3=Pop3(listeners=())))
    assert load(file) == config


def test_a_file_that_cannot_be_used_is_kept_aside(file: Path) -> None:
    file.write_text("[pop3]\nmax_errors = 'my notes'\n")
    save(file, Config())
    assert load(file) == Config()
    assert "my notes" in file.with_name("config.rejected.toml").read_text()


def test_the_last_good_revision_outlives_a_bad_edit(file: Path) -> None:
    save(file, config := Config(server=Server(name="good")))
    file.write_text("[server")
    assert load(last_good_of(file)) == config
    file.write_text("[server]\nname = 'edited'\n")
    keep_last_good(file)
    assert load(last_good_of(file)).server.name == "edited"


def test_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "postroom.toml"
    target.write_text("# mine\n")
    try:
        file.symlink_to(target)
    except OSError:
        pytest.skip("this person may not make links")
    save(file, Config(server=Server(name="x")))
    assert file.is_symlink()
    assert "# mine" in target.read_text()


def test_a_file_written_by_somebody_else_is_noticed(file: Path) -> None:
    assert fingerprint(file) is None
    save(file, Config())
    before = fingerprint(file)
    assert fingerprint(file) == before
    save(file, Config(server=Server(name="x")))
    assert fingerprint(file) != before


def test_a_listener_says_what_its_reader_wants_to_know_even_with_defaults() -> None:
    listener = Listener(name="a", address="*:110", security=Security.STARTTLS)
    assert '[[pop3.listeners]]\nname = "a"\naddress = "*:110"\nsecurity = "starttls"\n' in render(
        Config(pop3=Pop3(listeners=(listener,)))
    )


SAVER = """
import sys
from pathlib import Path
from server_core.config.file import save
from server_core.config.model import Config, Server
print("saving", flush=True)
number = 0
while True:
    number += 1
    save(Path(sys.argv[1]), Config(server=Server(name=f"revision {number}" * (number % 3 + 1))))
    print(number, flush=True)
"""


def test_a_kill_during_saving_leaves_a_whole_file(file: Path) -> None:
    chance = random.Random(7)
    for _ in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", SAVER, str(file)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            for _ in range(chance.randrange(2, 40)):
                process.stdout.readline()
            process.kill()
        assert load(file).server.name.startswith("revision")
        assert load(last_good_of(file)).server.name.startswith("revision")
