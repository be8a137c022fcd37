"""What macOS is told about Postroom.app: the spec puts it into the bundle's Info.plist."""

from __future__ import annotations

import tomllib
from pathlib import Path

_PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
_VERSION = _PROJECT["project"]["version"]

INFO_PLIST = {
    "CFBundleName": "Postroom",
    "CFBundleDisplayName": "Postroom",
    "CFBundleIdentifier": "org.postroom.Postroom",
    "CFBundleShortVersionString": _VERSION,
    "CFBundleVersion": _VERSION,
    "LSApplicationCategoryType": "public.app-category.business",
    "LSMinimumSystemVersion": "13.0",  # what PySide6 6.10 and 6.11 are built for
    "NSHighResolutionCapable": True,
    "NSLocalNetworkUsageDescription": "Mail programs in your network fetch their mail here.",
}
