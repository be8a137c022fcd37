"""Findings and steps as the window says them: marks, words, what a button does."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from server_core.events.health import FindingState, HealthGroup, Mend, StepState

Mark = tuple[str, str]


def finding_mark(state: FindingState) -> Mark:
    """Shape and colour role of a finding."""
    return {
        FindingState.OK: ("square", "ok"),
        FindingState.ATTENTION: ("triangle", "attention"),
        FindingState.PROBLEM: ("cross", "problem"),
        FindingState.NOT_CHECKED: ("dash", "neutral"),
    }[state]


def finding_word(state: FindingState) -> str:
    """The word beside the mark."""
    tr = QCoreApplication.translate
    return {
        FindingState.OK: tr("Health", "OK"),
        FindingState.ATTENTION: tr("Health", "Attention"),
        FindingState.PROBLEM: tr("Health", "Problem"),
        FindingState.NOT_CHECKED: tr("Health", "Not checked"),
    }[state]


def step_mark(state: StepState) -> Mark:
    """Shape and colour role of a step."""
    return {
        StepState.OK: ("square", "ok"),
        StepState.ATTENTION: ("triangle", "attention"),
        StepState.OBSTACLE: ("cross", "problem"),
        StepState.UNKNOWN: ("dash", "neutral"),
    }[state]


def step_word(state: StepState) -> str:
    """What stands before a step's sentence; nothing where all is well."""
    tr = QCoreApplication.translate
    return {
        StepState.OK: "",
        StepState.ATTENTION: tr("Health", "Note"),
        StepState.OBSTACLE: tr("Health", "In the way"),
        StepState.UNKNOWN: tr("Health", "Not known"),
    }[state]


def group_word(group: HealthGroup) -> str:
    """The heading of a group."""
    return QCoreApplication.translate("Health", group.value)


def mend_word(mend: Mend) -> str:
    """What the button says that mends at once."""
    tr = QCoreApplication.translate
    return {
        Mend.RESTART_LISTENER: tr("Health", "Try again"),
        Mend.RETRY_VAULT: tr("Health", "Try the key again"),
        Mend.CLOSE_FILES: tr("Health", "Close them"),
    }[mend]


def page_word(page: str) -> str:
    """What the button says that leads to a page."""
    tr = QCoreApplication.translate
    words = {
        "access": tr("Health", "Access lists"),
        "accounts": tr("Health", "Accounts"),
        "auth": tr("Health", "Authentication"),
        "bans": tr("Health", "Bans"),
        "certs": tr("Health", "Certificates"),
        "flow": tr("Health", "Flow control"),
        "listeners": tr("Health", "Listeners"),
        "log": tr("Health", "Log"),
        "logging": tr("Health", "Logging"),
        "sessions": tr("Health", "Sessions"),
        "workers": tr("Health", "Performance"),
    }
    return tr("Health", "Open {page}").format(page=words.get(page, page))
