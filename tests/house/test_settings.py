"""Promises about settings: each has its words, bounds that hold and an effect, and a home."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server_core.config.model import Config
from server_core.config.schema import Effect, Section, Setting, settings_of


def _sections(base: type[Section] = Section) -> Iterator[type[Section]]:
    for section in base.__subclasses__():
        yield section
        yield from _sections(section)


def _declared() -> list[tuple[type[Section], Setting]]:
    return [(section, declared) for section in _sections() for declared in settings_of(section)]


def _name(value: object) -> str:
    return value.name if isinstance(value, Setting) else getattr(value, "__name__", str(value))


@pytest.mark.parametrize(("section", "declared"), _declared(), ids=_name)
def test_a_setting_explains_itself(section: type[Section], declared: Setting) -> None:
    assert declared.title and declared.title[0].isupper() and not declared.title.endswith(".")
    assert declared.help.endswith(".") and declared.help != declared.title
    assert declared.effect in Effect


@pytest.mark.parametrize(("section", "declared"), _declared(), ids=_name)
def test_a_number_has_bounds_that_its_default_keeps(
    section: type[Section], declared: Setting
) -> None:
    if isinstance(declared.default, int | float) and not isinstance(declared.default, bool):
        assert declared.minimum is not None and declared.maximum is not None
        assert declared.minimum <= declared.default <= declared.maximum


def test_every_field_is_a_declared_setting_or_a_section() -> None:
    """A bare field would have no words in the window and no line in the reference."""
    for section in _sections():
        declared = {setting.name for setting in settings_of(section)}
        for name in section.model_fields.keys() - declared:
            default = getattr(Config(), name, section.model_fields[name].default)
            inner = default if isinstance(default, tuple) else (default,)
            assert all(isinstance(value, Section) for value in inner), f"{section}.{name}"
