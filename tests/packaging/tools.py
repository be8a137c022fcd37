"""The modules of packaging/, which is a folder of scripts and no package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).resolve().parents[2] / "packaging"


def _loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        f"postroom_packaging_{name}", FOLDER / f"{name}.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


build = _loaded("build")
INFO_PLIST = _loaded("info_plist").INFO_PLIST
