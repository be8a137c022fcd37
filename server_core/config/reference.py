"""The settings reference and the JSON schema, generated from the declarations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_origin

from server_core.config.checking import plain
from server_core.config.model import Config
from server_core.config.schema import (
    Kind,
    Section,
    Setting,
    Unit,
    choices_of,
    row_of,
    sections_of,
    settings_of,
)

_UNITS = {Unit.NONE: "", Unit.SECONDS: " seconds", Unit.OCTETS: " octets", Unit.KILOBYTES: " KB"}


def reference() -> str:
    """Every setting in Markdown: key, meaning, default, range and when a change is felt."""
    lines = [
        "# Settings of Postroom",
        "",
        "They live in `config.toml` in the home folder; what is left out keeps its default.",
        "`postroomctl config set KEY VALUE` changes one, also while the server runs.",
    ]
    lines.extend(_sections(Config, ""))
    return "\n".join(lines) + "\n"


def schema() -> dict[str, Any]:
    """The JSON schema of ``config.toml``, for editors."""
    return Config.model_json_schema()


def _sections(section: type[Section], prefix: str) -> Iterator[str]:
    for part in sections_of(section):
        path = prefix + part.name
        yield from ("", f"## `[[{path}]]`" if part.many else f"## `[{path}]`", "")
        yield _summary(part.kind)
        below = f"{path}.NAME." if part.many else f"{path}."
        for setting in settings_of(part.kind):
            yield from _setting(setting, below)
            yield from _rows(setting)
        yield from _sections(part.kind, below)


def _rows(setting: Setting) -> Iterator[str]:
    """What stands in each row of a list."""
    row = row_of(setting)
    if row is None:
        return
    yield from ("", f"Each row: {_summary(row)}", "")
    yield from (_field(field, "") for field in settings_of(row))
    for part in sections_of(row):
        yield from (_field(field, f"{part.name}.") for field in settings_of(part.kind))


def _field(field: Setting, prefix: str) -> str:
    default = json.dumps(plain(field.default)) if field.default is not None else "inherited"
    allowed = f", allowed: {words}" if (words := _allowed(field)) else ""
    return f"- `{prefix}{field.name}`: {field.title}. {field.help} Default: `{default}`{allowed}."


def _summary(section: type[Section]) -> str:
    return (section.__doc__ or "").strip().partition("\n")[0]


def _setting(setting: Setting, prefix: str) -> Iterator[str]:
    yield from ("", f"### {setting.title}", "", f"`{prefix}{setting.name}`", "", setting.help, "")
    default = f"`{json.dumps(plain(setting.default))}`"
    yield f"- Default: {default if setting.default is not None else 'inherited'}"
    if allowed := _allowed(setting):
        yield f"- Allowed: {allowed}"
    yield f"- A change is felt: {setting.effect}"


def _allowed(setting: Setting) -> str:
    if setting.kind is Kind.ROWS:
        return "rows as below"
    if setting.kind is Kind.ADDRESSES:
        return "addresses, ranges `a-b` and networks `a/bits`"
    if choices := choices_of(setting.annotation):
        one = "any of" if get_origin(setting.annotation) is tuple else "one of"
        return f"{one} " + ", ".join(f"`{choice}`" for choice in choices)
    if setting.annotation is bool:
        return "`true`, `false`"
    if setting.minimum is None or setting.maximum is None:
        return ""
    unit = _UNITS.get(setting.unit, f" {setting.unit}")
    unlimited = ", 0 for no limit" if setting.kind is Kind.LIMIT else ""
    return f"{setting.minimum:.15g} to {setting.maximum:.15g}{unit}{unlimited}"
