"""The reference and the schema say what is declared, and nothing is left out."""

from __future__ import annotations

import re

from server_core.config.checking import all_settings
from server_core.config.reference import reference, schema


def test_every_setting_is_in_the_reference_once() -> None:
    keys = re.findall(r"^`([\w.]+)`$", reference(), re.MULTILINE)
    assert keys == [path for path, _ in all_settings()]


def test_the_reference_tells_range_default_and_effect() -> None:
    assert (
        "`pop3.listeners.NAME.idle_timeout`\n\nA client that is silent" in reference()
        and "- Default: `600`\n- Allowed: 0 to 86400 seconds, 0 for no limit\n"
        "- A change is felt: now\n"
        in reference()
    )


def test_the_reference_offers_only_what_would_be_accepted() -> None:
    kept = reference().partition("`pop3.secrets.keep_for`")[2].partition("###")[0]
    assert "- Allowed: any of `apop`, `cram-md5`, `digest-md5`\n" in kept


def test_the_reference_tells_what_stands_in_rows_and_what_is_inherited() -> None:
    rows = reference().partition("`pop3.listeners.NAME.access.rules`")[2].partition("###")[0]
    fields = re.findall(r"^- `([\w.]+)`: ", rows, re.MULTILINE)
    assert fields[:3] == ["action", "address", "priority"]
    assert fields[-1] == "flow.interval"
    assert "`priority`: Priority. 1 counts most. Default: `500`, allowed: 1 to 1000." in rows
    override = reference().partition("`pop3.listeners.NAME.flow.max_new`")[2].partition("###")[0]
    assert "- Default: inherited\n" in override


def test_the_schema_knows_the_listeners_their_sections_and_rows() -> None:
    kinds = schema()["$defs"]
    assert "address" in kinds["Listener"]["properties"]
    assert kinds["ListenerAccess"]["properties"]["rules"]["items"] == {"$ref": "#/$defs/AccessRule"}
    assert kinds["AccessRule"]["properties"]["priority"]["maximum"] == 1000
    assert kinds["AccessRule"]["additionalProperties"] is False
