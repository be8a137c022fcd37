#!/usr/bin/env python3
"""The developer's one door: set-up, demo, checks and benchmarks, with nothing but Python.

python3 dev.py setup             make .venv and install the project with all it needs
python3 dev.py run [--headless]  the program on a throw-away home with two accounts and mail
python3 dev.py test [ARGS]       every check there is; ARGS go to pytest (-k, a path ...)
python3 dev.py lint              the static checks only
python3 dev.py bench [ARGS]      the benchmarks; ARGS go to tests/benchmarks/run.py
python3 dev.py guard [ARGS]      the work a session costs, counted; ARGS go to tests/work/run.py
python3 dev.py package [TARGET]  what is shipped: see packaging/build.py
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent
VENV = ROOT / os.environ.get("POSTROOM_VENV", ".venv")
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
STAMP = VENV / "postroom-setup"  # written last: a .venv without it was never finished

# What Qt's wheels expect of a Debian-like system, offscreen and on X11.
# fmt: off
WINDOW_PACKAGES = [
    "libegl1", "libgl1", "libx11-6", "libdbus-1-3", "libfontconfig1", "libfreetype6",
    "libglib2.0-0", "libxkbcommon0", "libbrotli1", "libgssapi-krb5-2", "libxcb-cursor0",
    "libxkbcommon-x11-0", "libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1", "libxcb-randr0",
    "libxcb-render-util0", "libxcb-shape0", "libxcb-shm0", "libxcb-sync1", "libxcb-util1",
    "libxcb-xfixes0", "libxcb-xkb1", "libx11-xcb1",
]
# fmt: on
# fmt: off
TEST_PACKAGES = [
    "curl", "mpop", "fetchmail", "neomutt", "gsasl", "openssl", "sslscan", "testssl.sh",
    "ca-certificates", "xvfb", "xauth", "dbus", "gnome-keyring", "krb5-kdc", "krb5-admin-server",
    "krb5-user", "libsasl2-modules-gssapi-mit", "fail2ban", "rsyslog", "rsyslog-gnutls",
    "appstream", "desktop-file-utils", "nsis", "shellcheck",
]
# fmt: on
COUNTING_PACKAGES = ["strace", "valgrind"]  # Linux only, as is the counting
KERBEROS_PACKAGES = ["gcc", "libc6-dev", "libkrb5-dev"]  # its Python packages are compiled here
# Services that packages bring are not started, whatever this computer's rule is otherwise.
WITHOUT_SERVICES = r"""
rule=/usr/sbin/policy-rc.d
if [ ! -e $rule ]; then
    trap 'rm -f $rule' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >$rule && chmod 755 $rule
fi
"$@"
"""


class Step(NamedTuple):
    """One check: its name in the summary, and the environment's program with its arguments."""

    name: str
    command: list[str]


# What one system never reaches is right on another, so only the run for this one minds.
ELSEWHERE = ["mypy", "--no-warn-unreachable", "--cache-dir"]
# A file's tests stay together, and the files in their order: what takes longest is begun first.
SIDE_BY_SIDE = ["--numprocesses=logical", "--dist=loadfile", "--no-loadscope-reorder"]
STATIC_STEPS = [
    Step("ruff format", ["ruff", "format", "--check", "."]),
    Step("ruff check", ["ruff", "check", "."]),
    Step("mypy", ["mypy"]),
    Step("mypy win32", [*ELSEWHERE, ".mypy_cache/win32", "--platform", "win32"]),
    Step("mypy darwin", [*ELSEWHERE, ".mypy_cache/darwin", "--platform", "darwin"]),
    Step("lint-imports", ["lint-imports"]),
]


class Outcome(NamedTuple):
    """How a step ended; ``remark`` is the last line it printed."""

    name: str
    passed: bool
    seconds: float
    remark: str


def main() -> int:
    """Do what the command line asks for; returns the exit status."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        found = platform.python_version()
        return fail(f"Postroom needs Python 3.11, 3.12 or 3.13; this is {found} ({sys.executable})")
    parser = argparse.ArgumentParser(
        prog="dev.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=list(VERBS))
    options, rest = parser.parse_known_args()
    if rest and options.verb in ("setup", "lint"):
        parser.error(f"{options.verb} takes no arguments: {shlex.join(rest)}")
    os.chdir(ROOT)
    try:
        set_up()
    except subprocess.CalledProcessError as error:
        return fail(f"set-up stopped: {shlex.join(error.cmd)} ended with {error.returncode}")
    return VERBS[options.verb](rest)


def set_up() -> None:
    """Make the environment whole; takes no time when it already is."""
    wanted = setup_stamp()
    done = STAMP.read_text() if STAMP.exists() and PYTHON.exists() else ""
    if done == wanted:
        return
    packages = list(WINDOW_PACKAGES)
    uv = shutil.which("uv")
    if uv is None and importlib.util.find_spec("ensurepip") is None:
        packages.append(f"python3.{sys.version_info[1]}-venv")
    install_packages(packages, "the window")
    STAMP.unlink(missing_ok=True)
    if done.partition("\n")[0] != wanted.partition("\n")[0]:  # unfinished, or another Python's
        say(f"making {VENV.name} with Python {platform.python_version()}")
        shutil.rmtree(VENV, ignore_errors=True)
        python = str(getattr(sys, "_base_executable", sys.executable))  # never the old one in there
        subprocess.run(
            [uv, "venv", "--quiet", "--python", python, str(VENV)]
            if uv
            else [python, "-m", "venv", str(VENV)],
            check=True,
        )
    say("installing the project and what it needs")
    install = installing()
    subprocess.run([*install, "--quiet", "--editable", ".[window,dev]"], check=True)
    add_kerberos(install)
    STAMP.write_text(wanted)


def add_kerberos(install: list[str]) -> None:
    """Add what signing in with Kerberos needs, where it can be built; nothing else needs it."""
    headers = Path(sysconfig.get_path("include")) / "Python.h"
    python = [] if headers.exists() else [f"python3.{sys.version_info[1]}-dev"]
    install_packages([*KERBEROS_PACKAGES, *python], "signing in with Kerberos")
    extra = [*install, "-qqq", "--editable", ".[kerberos]"]
    # Two minutes less: what is compiled only passes calls on.
    quickly = {**os.environ, "CFLAGS": "-O0 -g0"}
    if subprocess.run(extra, check=False, env=quickly).returncode != 0:
        say(f"going on without Kerberos, which could not be built: {shlex.join(extra)}")


def installing() -> list[str]:
    """The command that installs into the environment: uv where it is, else its own pip."""
    uv = shutil.which("uv")
    if uv is not None:
        return [uv, "pip", "install", "--python", str(PYTHON)]
    return [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install"]


def setup_stamp() -> str:
    """What the environment depends on: the Python in the first line, the project in the second."""
    project = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    return f"{platform.python_version()} {platform.machine()} {sys.base_prefix}\n{project}\n"


def install_packages(packages: list[str], purpose: str) -> None:
    """Install missing Debian packages when that is allowed, else print the command to type."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-query")):
        return
    missing = missing_packages(packages)
    if not missing:
        return
    install = ["apt-get", "-o", "DPkg::Lock::Timeout=900", "install", "-y", "-q"]
    install += ["--no-install-recommends", *missing]
    root = as_root()
    if root is None:
        command = shlex.join(install)
        say(f"{purpose} may need system packages; to install them type:\n  sudo {command}")
        return
    say(f"installing system packages for {purpose}: {' '.join(missing)}")
    root += ["env", "DEBIAN_FRONTEND=noninteractive"]
    install = ["sh", "-c", WITHOUT_SERVICES, "sh", *install]
    if subprocess.call([*root, *install], stdout=subprocess.DEVNULL) != 0:
        say("the package lists may be old or missing; fetching them")
        subprocess.call([*root, "apt-get", "-o", "DPkg::Lock::Timeout=900", "update", "-q"])
        if subprocess.call([*root, *install]) != 0:
            say("the packages could not be installed; going on without them")


def missing_packages(packages: list[str]) -> list[str]:
    """Those that are not installed, also not under the name newer systems give them (…t64)."""
    names = [name for package in packages for name in (package, package + "t64")]
    query = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *names]
    listed = subprocess.run(query, check=False, capture_output=True, text=True).stdout
    installed = {line.split()[0] for line in listed.splitlines() if line.endswith(" installed")}
    return [name for name in packages if not {name, name + "t64"} & installed]


def as_root() -> list[str] | None:
    """What to write before a command so that root runs it; None when that is not allowed."""
    if sys.platform != "win32" and os.geteuid() == 0:
        return []
    quiet = subprocess.DEVNULL
    if shutil.which("sudo") and subprocess.call(["sudo", "-n", "true"], stderr=quiet) == 0:
        return ["sudo", "-n"]
    return None


def report_ready(_: list[str]) -> int:
    """Say where the environment is."""
    say(f"ready: {os.path.relpath(PYTHON, ROOT)}")
    return 0


def run(arguments: list[str]) -> int:
    """Become the program on a demo home; headless where no window can be shown."""
    if "--headless" not in arguments:
        obstacle = no_window_because()
        if obstacle:
            say(f"{obstacle}: serving without a window")
            arguments = [*arguments, "--headless"]
    return become([str(PYTHON), "-m", "app", "--demo", *arguments])


def no_window_because() -> str:
    """Why a window cannot be shown here; empty when it can."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in screens):
        return "there is no display"
    load = [str(PYTHON), "-c", "import PySide6.QtWidgets"]
    attempt = subprocess.run(load, check=False, capture_output=True, text=True)
    return f"Qt cannot be loaded ({attempt.stderr.splitlines()[-1]})" if attempt.returncode else ""


def test(arguments: list[str]) -> int:
    """Every check there is; the arguments go to pytest."""
    install_packages(TEST_PACKAGES, "the tests with real mail clients and a real keyring")
    install_packages(COUNTING_PACKAGES, "counting the work of a session")
    return check([*STATIC_STEPS, Step("pytest", ["pytest", *SIDE_BY_SIDE, *arguments])])


def lint(_: list[str]) -> int:
    """The static checks only."""
    return check(STATIC_STEPS)


def bench(arguments: list[str]) -> int:
    """The benchmarks."""
    return become([str(PYTHON), "tests/benchmarks/run.py", *arguments])


def guard(arguments: list[str]) -> int:
    """What a session costs, in work counted, against what it cost before."""
    install_packages(COUNTING_PACKAGES, "counting the work of a session")
    return become([str(PYTHON), "tests/work/run.py", *arguments])


def package(arguments: list[str]) -> int:
    """What is shipped; the tools for it come into the environment first."""
    install = [*installing(), "--quiet", "--editable", ".[package]"]
    if (status := subprocess.call(install)) != 0:
        return fail(f"{shlex.join(install)} ended with {status}")
    return become([str(PYTHON), "packaging/build.py", *arguments])


def check(steps: list[Step]) -> int:
    """Run every step even when an earlier one fails, then say how each went."""
    outcomes = [perform(step) for step in steps]
    print("\n" + "-" * 72)
    for outcome in outcomes:
        verdict = "ok" if outcome.passed else "FAILED"
        print(f"{outcome.name:<13} {verdict:<6} {outcome.seconds:6.1f} s  {outcome.remark}")
    failed = sum(not outcome.passed for outcome in outcomes)
    print(f"{failed} of {len(outcomes)} checks failed" if failed else "all checks passed")
    return 1 if failed else 0


def perform(step: Step) -> Outcome:
    """Run one check in the environment, showing its output as it comes."""
    say(step.name)
    begun = time.monotonic()
    command = [str(PYTHON.parent / step.command[0]), *step.command[1:]]
    remark = ""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            remark = line.strip(" =\n") or remark
    return Outcome(step.name, process.returncode == 0, time.monotonic() - begun, remark)


def become(command: list[str]) -> int:
    """Hand over to another program, so that signals reach it and its exit status is ours."""
    sys.stdout.flush()
    if os.name == "nt":
        return subprocess.call(command)
    return os.execv(command[0], command)


def say(text: str) -> None:
    """A line of our own between what the tools print."""
    print(f"dev.py: {text}", flush=True)


def fail(text: str) -> int:
    """Report and give the exit status of a failure."""
    print(f"dev.py: {text}", file=sys.stderr)
    return 2


VERBS = {
    "setup": report_ready,
    "run": run,
    "test": test,
    "lint": lint,
    "bench": bench,
    "guard": guard,
    "package": package,
}

if __name__ == "__main__":
    sys.exit(main())
