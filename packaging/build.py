"""Makes what is shipped, and proves it: the bundle, and on Linux the packages around it.

python3 dev.py package            the bundle and what this system installs it with
python3 dev.py package bundle     the bundle in dist/postroom only
python3 dev.py package linux      dist/postroom, .deb, .rpm and .tar.xz
python3 dev.py package windows    dist/postroom and the installer, where makensis is

Whatever is made is started: a bundle whose self-test fails is no bundle. It runs on the project's
environment with the ``package`` extra, which dev.py sees to.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST, WORK = ROOT / "dist", ROOT / "build" / "freeze"
BUNDLE = DIST / "postroom"
SUFFIX = ".exe" if sys.platform == "win32" else ""
VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
SECONDS = 300
DEBIAN_NAMES = {"x86_64": "amd64", "aarch64": "arm64"}


class CannotBuild(Exception):
    """A step went wrong; the text says which and what to do."""


def main() -> int:
    """Make what the command line names; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="build.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", nargs="?", choices=list(TARGETS), default=_own_target())
    parser.add_argument(
        "--keep", action="store_true", help="pack the bundle that is in dist/ instead of a new one"
    )
    options = parser.parse_args()
    os.chdir(ROOT)
    try:
        if not options.keep:
            require_tools()
            freeze()
        prove(BUNDLE)
        for step in TARGETS[options.target]:
            step()
    except CannotBuild as problem:
        print(f"build.py: {problem}", file=sys.stderr)
        return 1
    return 0


def _own_target() -> str:
    return {"linux": "linux", "win32": "windows"}.get(sys.platform, "bundle")


def require_tools() -> None:
    """Refuse early, with the way out, when this Python cannot freeze anything."""
    if importlib.util.find_spec("PyInstaller") is None:
        raise CannotBuild(
            "PyInstaller is not installed for this Python; python3 dev.py package sees to that"
        )
    shared = sysconfig.get_config_var("Py_ENABLE_SHARED")
    if sys.platform == "linux" and not shared:
        raise CannotBuild(
            f"{sys.executable} has no shared libpython, which a bundle needs: use the system's "
            "Python with its libpython package, or build one with --enable-shared"
        )


def freeze() -> None:
    """Make the bundle anew: both programs in one folder."""
    # What an earlier run left is taken as new when a file was changed while that went on.
    for folder in (BUNDLE, WORK):
        shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", str(DIST), "--workpath", str(WORK)]
    with told("freezing"):
        run([*command, "packaging/postroom.spec"])
    links = [path for path in BUNDLE.rglob("*") if path.is_symlink()]
    broken = [str(path) for path in links if not path.exists()]
    if broken:
        raise CannotBuild(f"these links lead nowhere: {', '.join(broken)}")
    octets = sum(path.stat().st_size for path in BUNDLE.rglob("*") if not path.is_symlink())
    say(f"{BUNDLE.relative_to(ROOT)}: {octets / 1e6:.0f} MB")


def prove(bundle: Path) -> None:
    """Start both programs of a bundle as a stranger would, and have them try themselves."""
    missing = sorted(
        resources_of(ROOT / "resources") - resources_of(bundle / "_internal/resources")
    )
    if missing:
        raise CannotBuild(f"left out of the bundle: {', '.join(missing)}")
    for name in ("postroom", "postroomctl"):
        program = bundle / f"{name}{SUFFIX}"
        with told(f"self-test of {name}"):
            self_test(program)
    with told("a picture of the window"):
        picture(bundle / f"postroom{SUFFIX}")


def resources_of(folder: Path) -> set[str]:
    """The files below a folder of resources."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(folder).as_posix() for path in files}


def self_test(program: Path) -> None:
    """CannotBuild unless the program is whole and says that it is this version, packed."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "self-test.json"
        status = stranger([str(program), "--self-test", f"--self-test-out={out}"], folder)
        if not out.exists():
            raise CannotBuild(f"{program} ended with {status} and left no result of its self-test")
        report = json.loads(out.read_text("utf-8"))
    for check in report["checks"]:
        if check["verdict"] != "passed":
            say(f"  {check['verdict']}: {check['name']}: {check['found']}")
    if status != 0 or not report["passed"]:
        raise CannotBuild(f"the self-test of {program} failed")
    if (report["version"], report["packed"]) != (VERSION, True):
        raise CannotBuild(f"{program} is {report['version']}, packed: {report['packed']}")


def picture(program: Path) -> None:
    """CannotBuild unless the window can be put together and drawn."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "window.png"
        command = [str(program), "--demo", "--screenshot", "dashboard", str(file)]
        status = stranger(command, folder, QT_QPA_PLATFORM="offscreen")
        if status != 0 or not file.exists():
            raise CannotBuild(f"{shlex.join(command)} ended with {status}, without a picture")


def stranger(command: list[str], home: str, **variables: str) -> int:
    """Run a program far from this tree and its environment; its exit status."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "POSTROOM_HOME")
    surroundings = {name: value for name, value in os.environ.items() if name not in hidden}
    try:
        return subprocess.run(
            command,
            check=False,
            cwd=home,
            env={**surroundings, **variables},
            timeout=SECONDS,
        ).returncode
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise CannotBuild(f"{command[0]} did not come to an end: {problem}") from None


def archive() -> None:
    """The bundle for Linux systems without .deb and .rpm, links kept."""
    out = DIST / f"postroom-{VERSION}-linux-{platform.machine()}.tar.xz"
    with told(out.name), tarfile.open(out, "w:xz", preset=6) as tar:
        tar.add(BUNDLE, f"postroom-{VERSION}", filter=_as_root)
        for name in ("README.md", "LICENSE", "CHANGELOG.md"):
            tar.add(ROOT / name, f"postroom-{VERSION}/{name}", filter=_as_root)


def _as_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def packages() -> None:
    """The .deb and the .rpm."""
    nfpm = shutil.which("nfpm", path=str(Path(sys.executable).parent)) or shutil.which("nfpm")
    if nfpm is None:
        raise CannotBuild("nfpm is not installed; python3 dev.py package sees to that")
    variables = {
        "VERSION": VERSION,
        "ARCH": DEBIAN_NAMES.get(platform.machine(), platform.machine()),
        # The bundle runs on a C library as new as this one.
        "GLIBC": platform.libc_ver()[1],
    }
    for packager in ("deb", "rpm"):
        command = [nfpm, "package", "--config", "packaging/linux/nfpm.yaml"]
        with told(f".{packager}"):
            run([*command, "--packager", packager, "--target", str(DIST)], **variables)


def installer() -> None:
    """The installer for Windows; makensis makes it on any system."""
    if shutil.which("makensis") is None:
        raise CannotBuild("makensis is not installed; it is part of NSIS 3")
    out = DIST / f"Postroom-{VERSION}-setup.exe"
    command = ["makensis", "-V2", "-WX", f"-DVERSION={VERSION}", f"-DSRC={BUNDLE}", f"-DOUT={out}"]
    with told(out.name):
        run([*command, "packaging/windows/postroom.nsi"])


def run(command: list[str], **variables: str) -> None:
    """Run a tool; CannotBuild when it fails."""
    try:
        subprocess.run(command, check=True, env={**os.environ, **variables})
    except (OSError, subprocess.CalledProcessError) as problem:
        raise CannotBuild(f"{shlex.join(command)}: {problem}") from None


@contextmanager
def told(what: str) -> Iterator[None]:
    """Say what is done, and how long it took."""
    say(f"{what} …")
    begun = time.monotonic()
    yield
    say(f"{what}: {time.monotonic() - begun:.0f} s")


def say(text: str) -> None:
    """A line of our own between what the tools print."""
    print(f"build.py: {text}", flush=True)


TARGETS = {
    "bundle": (),
    "linux": (archive, packages),
    "windows": (installer,),
}

if __name__ == "__main__":
    sys.exit(main())
