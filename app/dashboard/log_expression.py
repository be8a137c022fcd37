"""A regular expression that cannot hold the window up, whatever was typed."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRegularExpression

LONGEST = 500
STEPS = 5_000
"""Steps the engine may take for one line; a tenth of a millisecond at the worst."""
STRIKES = 20
"""Lines that may take more before the expression is given up."""


class TooCostly(Exception):
    """The expression takes more time than it may."""


class Expression:
    """Looks for what was typed, in any case; ``problem`` says what is wrong with it."""

    def __init__(self, typed: str) -> None:
        option = QRegularExpression.PatternOption
        options = option.CaseInsensitiveOption | option.MultilineOption
        plain = QRegularExpression(typed[: LONGEST + 1], options)
        self.problem = _problem(typed, plain)
        # The engine takes the lowest of several limits, so what was typed cannot raise this one.
        self._engine = QRegularExpression(f"(*LIMIT_MATCH={STEPS}){typed}", options)
        self._strikes = 0

    def is_in(self, text: str) -> bool:
        """Whether it is found; TooCostly when too many lines took too long."""
        match = self._engine.match(text)
        if not match.isValid():
            self._strikes += 1
            if self._strikes >= STRIKES:
                raise TooCostly
        return match.hasMatch()


def _problem(typed: str, plain: QRegularExpression) -> str:
    tr = QCoreApplication.translate
    if len(typed) > LONGEST:
        return tr("Log", "The expression is too long; {most} characters are allowed.").format(
            most=LONGEST
        )
    if not plain.isValid():
        return tr("Log", "Not a regular expression, at character {place}: {why}.").format(
            place=plain.patternErrorOffset() + 1, why=plain.errorString()
        )
    return ""


def too_costly() -> str:
    """What to tell a person whose expression was given up."""
    return QCoreApplication.translate(
        "Log",
        "This expression takes too long and is not used. Leave out repetitions inside "
        "repetitions, such as (a+)+.",
    )
