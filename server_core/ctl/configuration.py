"""postroomctl config: the settings, their file, their reference."""

from __future__ import annotations

import argparse
import contextlib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit

from server_core.config.draft import ConfigRejected, Draft, NoSuchSetting
from server_core.config.file import load, save
from server_core.config.model import Config
from server_core.config.reference import reference, schema
from server_core.control.client import connect
from server_core.ctl.door import ask, current_config
from server_core.ctl.outcome import Failed, first_problem, show_json
from server_core.ctl.verbs import add_group, add_json, add_verb
from server_core.home import Home

if TYPE_CHECKING:
    from server_core.ctl.verbs import Verbs

_INHERITED = "inherited"
_KEY_HELP = "for example pop3.max_errors, or pop3.listeners.office.security"


def add_to(verbs: Verbs) -> None:
    """Add ``config`` and its verbs."""
    group = add_group(verbs, "config", "Look at the settings and change them.")
    show = add_verb(group, "show", _show, "Print all settings as they are.")
    get = add_verb(group, "get", _get, "Print one setting.")
    change = add_verb(group, "set", _set, "Change one setting, also while the server runs.")
    take = add_verb(group, "load", _load, "Take over a whole configuration file.")
    check = add_verb(group, "check", _check, "Say what is wrong with a configuration file.")
    add_verb(group, "schema", _schema, "Print the JSON schema of the configuration file.")
    add_verb(group, "reference", _reference, "Print what every setting means, in Markdown.")
    for parser in (get, change):
        parser.add_argument("key", metavar="KEY", help=_KEY_HELP)
    change.add_argument(
        "value",
        metavar="VALUE",
        help="a list as a,b,c or [...] as in the file; 'inherited' for a limit of its own no more",
    )
    take.add_argument("file", type=Path, metavar="FILE")
    check.add_argument("file", type=Path, metavar="FILE", nargs="?")
    for parser in (show, get):
        add_json(parser)


def _show(home: Home, options: argparse.Namespace) -> int:
    tree = current_config(home).model_dump(mode="json")
    if options.json:
        show_json(tree)
    else:
        print(tomlkit.dumps(_said(tree)), end="")
    return 0


def _get(home: Home, options: argparse.Namespace) -> int:
    value = Draft(current_config(home)).get(options.key)
    if options.json or not isinstance(value, str | None):
        show_json(value)
    else:
        print(_INHERITED if value is None else value)
    return 0


def _set(home: Home, options: argparse.Namespace) -> int:
    draft = Draft(current_config(home))
    value = _value(draft, options.key, options.value)
    draft.set(options.key, value)
    try:
        draft.checked()
    except ConfigRejected as rejected:
        raise Failed(first_problem(rejected)) from None
    if draft.edits:
        ask(home, "change_config", edits=dict(draft.edits))
    return 0


def _load(home: Home, options: argparse.Namespace) -> int:
    config = _loaded(options.file)
    client = connect(home)
    if client is not None:
        with client:
            client.call("replace_config", tree=config.model_dump(mode="json"))
        return 0
    # Not through the service: the file that is replaced may be the one it cannot read.
    home.prepare()
    with home.lock():
        save(home.config_file, config)
    return 0


def _check(home: Home, options: argparse.Namespace) -> int:
    file: Path = options.file or home.config_file
    try:
        load(file)
    except ConfigRejected as rejected:
        for problem in rejected.problems:
            print(problem)
        raise Failed(f"{file}: {first_problem(rejected)}") from None
    print(f"{file} is in order")
    return 0


def _schema(home: Home, options: argparse.Namespace) -> int:
    del home, options
    show_json(schema())
    return 0


def _reference(home: Home, options: argparse.Namespace) -> int:
    del home, options
    print(reference(), end="")
    return 0


def _loaded(file: Path) -> Config:
    try:
        return load(file)
    except ConfigRejected as rejected:
        raise Failed(f"{file}: {first_problem(rejected)}") from None


def _value(draft: Draft, key: str, text: str) -> Any:
    """The text as the setting wants it: texts as they stand, the rest as in the file."""
    current: object = {}
    try:
        current = draft.get(key)
    except NoSuchSetting as problem:
        entry = _parsed(text)
        if not isinstance(entry, dict):
            raise Failed(str(problem)) from None
        return entry
    if isinstance(current, str):
        return text
    if text == _INHERITED:
        return None
    value = _parsed(text)
    if isinstance(current, list) and isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _said(tree: dict[str, Any]) -> dict[str, Any]:
    """The tree without what is inherited, for which TOML has no word."""

    def said(value: Any) -> Any:
        if isinstance(value, list):
            return [said(entry) for entry in value]
        return _said(value) if isinstance(value, dict) else value

    return {name: said(value) for name, value in tree.items() if value is not None}


def _parsed(text: str) -> Any:
    with contextlib.suppress(ValueError, RecursionError):
        tree = tomllib.loads(f"value = {text}")
        if tree.keys() == {"value"}:
            return tree["value"]
    return text
