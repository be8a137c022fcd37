"""What a page is to the window: a row in the page table (``app/window/pages.py``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from app.bridge.services import PageWidget, Services


class Group(StrEnum):
    """The groups of the navigation, in its order."""

    OVERVIEW = "Overview"
    MAIL = "Mail"
    SERVER = "Server"


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page: ``icon`` names a file in ``resources/icons``, ``aliases`` are words people search."""

    id: str
    group: Group
    title: str
    purpose: str
    icon: str
    aliases: tuple[str, ...]
    make: Callable[[Services], PageWidget]
    related: tuple[str, ...] = ()
