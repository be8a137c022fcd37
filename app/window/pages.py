"""The page table: every page of the window, once, in the order of the navigation."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.dashboard.dashboard_page import DashboardPage
from app.dashboard.health_page import HealthPage
from app.dashboard.live import Live
from app.dashboard.log_page import LogPage
from app.dashboard.sessions_page import SessionsPage
from app.panels.access import AccessPage
from app.panels.accounts import AccountsPage
from app.panels.authentication import AuthenticationPage
from app.panels.bans import BansPage
from app.panels.certificates import CertificatesPage
from app.panels.flow import FlowPage
from app.panels.listeners import ListenersPage
from app.panels.logging import LoggingPage
from app.panels.page import Group, Page
from app.panels.performance import PerformancePage


def pages(live: Live) -> tuple[Page, ...]:
    """All pages; those that show what happens show it from ``live``."""
    return (*_overview(live), *_health(), *_mail(), *_server(), *_protection(live))


def _overview(live: Live) -> tuple[Page, ...]:
    tr = QCoreApplication.translate
    return (
        Page(
            id="dashboard",
            group=Group.OVERVIEW,
            title=tr("Pages", "Dashboard"),
            purpose=tr("Pages", "Is mail being served, and does anything need you?"),
            icon="dashboard",
            aliases=("home", "overview", "status", "charts"),
            related=("sessions", "log"),
            make=lambda services: DashboardPage(services, live),
        ),
        Page(
            id="sessions",
            group=Group.OVERVIEW,
            title=tr("Pages", "Sessions"),
            purpose=tr("Pages", "Who is connected right now, and what they are doing."),
            icon="sessions",
            aliases=("connections", "who", "kick", "disconnect", "live"),
            related=("log", "accounts"),
            make=lambda services: SessionsPage(services, live),
        ),
        Page(
            id="log",
            group=Group.OVERVIEW,
            title=tr("Pages", "Log"),
            purpose=tr("Pages", "Everything the server did, as it happens."),
            icon="log",
            aliases=("live log", "tail", "trace", "transcript"),
            related=("sessions",),
            make=lambda services: LogPage(services, live),
        ),
    )


def _health() -> tuple[Page, ...]:
    tr = QCoreApplication.translate
    return (
        Page(
            id="health",
            group=Group.OVERVIEW,
            title=tr("Pages", "Health"),
            purpose=tr("Pages", "Proves the server works and says how to fix what does not."),
            icon="health",
            aliases=("doctor", "diagnostics", "test connection", "self test", "checks"),
            related=("log", "listeners"),
            make=HealthPage,
        ),
    )


def _mail() -> tuple[Page, ...]:
    tr = QCoreApplication.translate
    return (
        Page(
            id="accounts",
            group=Group.MAIL,
            title=tr("Pages", "Accounts"),
            purpose=tr("Pages", "The mailboxes people fetch from."),
            icon="accounts",
            aliases=("users", "mailboxes", "passwords"),
            related=("sessions",),
            make=AccountsPage,
        ),
    )


def _server() -> tuple[Page, ...]:
    tr = QCoreApplication.translate
    return (
        Page(
            id="listeners",
            group=Group.SERVER,
            title=tr("Pages", "Listeners"),
            purpose=tr("Pages", "The addresses and ports clients connect to."),
            icon="listeners",
            aliases=("TCP/IP ports", "bindings", "110", "995"),
            related=("dashboard", "auth", "certs"),
            make=ListenersPage,
        ),
        *_admission(),
        Page(
            id="certs",
            group=Group.SERVER,
            title=tr("Pages", "Certificates"),
            purpose=tr("Pages", "What the server proves it is, and until when."),
            icon="certificate",
            aliases=("TLS", "SSL", "PFX", "Let's Encrypt", "ACME"),
            related=("listeners",),
            make=CertificatesPage,
        ),
    )


def _admission() -> tuple[Page, ...]:
    tr = QCoreApplication.translate
    return (
        Page(
            id="access",
            group=Group.SERVER,
            title=tr("Pages", "Access lists"),
            purpose=tr("Pages", "Who may connect, and which rule says so."),
            icon="access",
            aliases=("firewall", "allow", "deny", "block", "whitelist", "blacklist", "try address"),
            related=("sessions", "flow"),
            make=AccessPage,
        ),
        Page(
            id="flow",
            group=Group.SERVER,
            title=tr("Pages", "Flow control"),
            purpose=tr("Pages", "How many connections, and how fast."),
            icon="flow",
            aliases=("limits", "rate", "connections per minute", "throttle"),
            related=("access", "listeners"),
            make=FlowPage,
        ),
        Page(
            id="auth",
            group=Group.SERVER,
            title=tr("Pages", "Authentication"),
            purpose=tr("Pages", "Which sign-in methods are allowed, encrypted and not."),
            icon="auth",
            aliases=(
                *("sign in", "login", "methods", "mechanisms", "SASL", "USER", "PASS", "PLAIN"),
                *("APOP", "CRAM-MD5", "DIGEST-MD5", "SCRAM", "GSSAPI", "Kerberos", "EXTERNAL"),
                *("passwords", "encryption", "STARTTLS", "greeting", "domain", "realm"),
            ),
            related=("accounts", "listeners", "certs"),
            make=AuthenticationPage,
        ),
    )


def _protection(live: Live) -> tuple[Page, ...]:
    tr = QCoreApplication.translate
    return (
        Page(
            id="bans",
            group=Group.SERVER,
            title=tr("Pages", "Errors and bans"),
            purpose=tr("Pages", "What happens to clients that misbehave or guess passwords."),
            icon="bans",
            aliases=("auto-ban", "brute force", "fail2ban", "unban", "blocked", "trusted"),
            related=("log",),
            make=BansPage,
        ),
        Page(
            id="logging",
            group=Group.SERVER,
            title=tr("Pages", "Logging"),
            purpose=tr("Pages", "What is written, where, and for how long."),
            icon="logging",
            aliases=(
                *("log level", "log files", "syslog", "journal", "event log", "rotation"),
                *("fail2ban", "trace", "capture", "protocol", "JSON", "debug", "remote log"),
            ),
            related=("log",),
            make=LoggingPage,
        ),
        Page(
            id="workers",
            group=Group.SERVER,
            title=tr("Pages", "Performance"),
            purpose=tr("Pages", "Worker threads and timeouts."),
            icon="workers",
            aliases=("threads", "thread management", "timeouts", "event loop", "memory", "cache"),
            related=("dashboard",),
            make=lambda services: PerformancePage(services, live.delay.delay),
        ),
    )


def group_title(group: Group) -> str:
    """A group's heading in the navigation."""
    tr = QCoreApplication.translate
    return {
        Group.OVERVIEW: tr("Pages", "Overview"),
        Group.MAIL: tr("Pages", "Mail"),
        Group.SERVER: tr("Pages", "Server"),
    }[group]
