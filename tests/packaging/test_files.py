"""The files of packaging/: each is read by the tool that it is for, and they agree."""

from __future__ import annotations

import ast
import plistlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.packaging.tools import INFO_PLIST

ROOT = Path(__file__).resolve().parents[2]
LINUX = ROOT / "packaging" / "linux"
SCRIPTS = sorted(LINUX.glob("*.sh"))


def accepts(tool: str, *words: str) -> None:
    """Run a tool that looks at a file; what it says is the failure."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not here")
    done = subprocess.run([tool, *words], check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_macos_can_read_what_it_is_told() -> None:
    entitlements = plistlib.loads((ROOT / "packaging/macos/entitlements.plist").read_bytes())
    assert entitlements == {"com.apple.security.cs.allow-unsigned-executable-memory": True}
    assert plistlib.loads(plistlib.dumps(INFO_PLIST)) == INFO_PLIST


def test_the_spec_is_python_and_names_programs_that_are_there() -> None:
    tree = ast.parse((ROOT / "packaging/postroom.spec").read_text("utf-8"))
    (starts,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "STARTS"
    )
    assert starts.keys() == {"postroom", "postroomctl"}
    assert all((ROOT / start).is_file() for start in starts.values())


def test_the_desktop_can_read_the_launcher() -> None:
    accepts("desktop-file-validate", str(LINUX / "postroom.desktop"))


def test_software_centres_can_read_the_description() -> None:
    accepts("appstreamcli", "validate", "--no-net", *map(str, LINUX.glob("*.metainfo.xml")))


def test_systemd_can_read_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "postroom.service"
    text = (LINUX / "postroom.service").read_text("utf-8")
    program = re.search(r"^ExecStart=(\S+)", text, re.MULTILINE)
    assert program
    unit.write_text(text.replace(program[1], "/bin/sh"), "utf-8")
    accepts("systemd-analyze", "verify", "--man=no", str(unit))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_of_the_packages_are_clean(script: Path) -> None:
    accepts("shellcheck", str(script))


def test_the_installer_for_windows_compiles(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    (bundle / "_internal").mkdir(parents=True)
    for name in ("postroom.exe", "postroomctl.exe", "_internal/module"):
        (bundle / name).write_bytes(b"of no use")
    words = ["-V2", "-WX", "-DVERSION=1.2.3", f"-DSRC={bundle}", f"-DOUT={tmp_path / 'made.exe'}"]
    accepts("makensis", *words, "packaging/windows/postroom.nsi")
    assert (tmp_path / "made.exe").read_bytes().startswith(b"MZ")


def test_what_the_packages_hold_is_there() -> None:
    named = re.findall(r"(?:src|\w+(?:install|remove)): ([\w./-]+)", nfpm())
    own = [name for name in named if not name.startswith(("/", "dist/"))]
    assert own and [name for name in own if not (ROOT / name).is_file()] == []


def test_the_unit_starts_what_the_packages_bring_as_whom_they_make() -> None:
    unit = (LINUX / "postroom.service").read_text("utf-8")
    assert "ExecStart=/opt/postroom/postroomctl serve" in unit
    assert "dst: /opt/postroom, type: tree" in nfpm()
    assert "User=postroom\n" in unit and "POSTROOM_HOME=/var/lib/postroom\n" in unit
    made = (LINUX / "after-install.sh").read_text("utf-8")
    assert "home=/var/lib/postroom\n" in made and "useradd --system --gid postroom" in made


def nfpm() -> str:
    return (LINUX / "nfpm.yaml").read_text("utf-8")
