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


def test_the_schema_knows_the_listeners() -> None:
    assert "address" in schema()["$defs"]["Listener"]["properties"]
