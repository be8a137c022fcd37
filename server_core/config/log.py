"""Settings of the log: what is written, where to, and how."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from server_core.config.admission import Addresses
from server_core.config.endpoint import Endpoint
from server_core.config.schema import Effect, Kind, Section, Unit, misplaced, setting

ALL_CLASSES = 31
USUAL_CLASSES = 15
CATCH_ALL = 1000
CATCH_ALL_FILE = "default.txt"
_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_. -]{0,62}[A-Za-z0-9_-]|[A-Za-z0-9_-]")
# Windows keeps these for devices, whatever follows the first dot.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
# Another rule's count of files to keep would take such a file for one that was put aside.
_PUT_ASIDE = re.compile(r"\.\d{8}-\d{6}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")


def _is_file_name(text: str) -> str:
    if not _FILE_NAME.fullmatch(text) or _DEVICES.fullmatch(text):
        raise ValueError("use a file name of letters, digits, . - and _, up to 64 characters")
    if _PUT_ASIDE.search(text):
        raise ValueError("files put aside have names with a time like this; leave it out")
    return text


def _is_destination(text: str) -> str:
    host, colon, port = text.strip().rpartition(":")
    right = port.isascii() and port.isdigit() and 0 < int(port) <= 65_535
    if not colon or not _HOST.fullmatch(host) or not right:
        raise ValueError("write a name or address and a port, like log.example.com:514")
    return text.strip()


def _is_own_address(text: str) -> str:
    return str(Endpoint.parse(text))


def _is_rolled_size(kilobytes: int) -> int:
    if 0 < kilobytes < 100:
        raise ValueError("must be 100 KB or more, or 0 for no limit")
    return kilobytes


def _is_rolled_age(seconds: int) -> int:
    if 0 < seconds < 600:
        raise ValueError("must be ten minutes or more, or 0 for no limit")
    return seconds


FileName = Annotated[str, AfterValidator(_is_file_name)]


class Category(StrEnum):
    """What an event is about; filters and settings choose by it."""

    CONNECTIONS = "connections"
    SIGN_INS = "sign-ins"
    COMMANDS = "commands"
    ACCESS = "access"
    MAIL = "mail"
    CERTIFICATES = "certificates"
    CONFIGURATION = "configuration"
    SYSTEM = "system"


class Shape(StrEnum):
    """How a line of a log file looks."""

    TEXT = "text"
    JSON = "json"


class Period(StrEnum):
    """When a new file begins, whatever its size."""

    NONE = "none"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Transport(StrEnum):
    """How another computer takes log entries."""

    LINES = "lines"
    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class Sender(StrEnum):
    """Whose entries a rule is about."""

    LOCAL = "local"
    REMOTE = "remote"


class CategoryClasses(Section):
    """Own classes of one category, instead of those of its service."""

    category: Category = setting(
        Category.CONNECTIONS, "Category", "What the entries are about.", effect=Effect.NOW
    )
    classes: int = setting(
        USUAL_CLASSES,
        "Classes",
        "Which classes are written: 1 critical, 2 error, 4 warning, 8 information, 16 protocol; "
        "the sum of those wanted.",
        effect=Effect.NOW,
        kind=Kind.CLASSES,
        ge=0,
        le=ALL_CLASSES,
    )


class LogRule(Section):
    """Which entries go to which file; the first rule that fits takes the entry."""

    priority: int = setting(
        100, "Priority", "1 is looked at first.", effect=Effect.NOW, ge=1, le=CATCH_ALL - 1
    )
    sender: Sender = setting(
        Sender.LOCAL,
        "Entries of",
        "local: of this server. remote: received from others.",
        effect=Effect.NOW,
    )
    host: str = setting(
        "*", "Host", "The sending host; * is any.", effect=Effect.NOW, min_length=1, max_length=255
    )
    module: str = setting(
        "*",
        "Module",
        "POP3, SRVLOG, SECURITY, or what another server calls its parts; * is any.",
        effect=Effect.NOW,
        min_length=1,
        max_length=32,
    )
    classes: int = setting(
        ALL_CLASSES,
        "Classes",
        "Which classes of these entries are written; the others are left out.",
        effect=Effect.NOW,
        kind=Kind.CLASSES,
        ge=0,
        le=ALL_CLASSES,
    )
    file: FileName = setting(
        "everything.txt", "File", "Its name in the log folder.", effect=Effect.NOW
    )
    size: Annotated[int, AfterValidator(_is_rolled_size)] = setting(
        5_120,
        "New file at",
        "A file of this size is put aside and a new one begun.",
        effect=Effect.NOW,
        unit=Unit.KILOBYTES,
        kind=Kind.LIMIT,
        ge=0,
        le=2_097_151,
    )
    age: Annotated[int, AfterValidator(_is_rolled_age)] = setting(
        86_400,
        "New file after",
        "A file that is this old is put aside and a new one begun.",
        effect=Effect.NOW,
        unit=Unit.SECONDS,
        kind=Kind.LIMIT,
        ge=0,
        le=2_592_000,
    )
    period: Period = setting(
        Period.NONE,
        "New file each",
        "A new file begins with each day, week or month too.",
        effect=Effect.NOW,
    )
    count: int = setting(
        0,
        "Keep files",
        "Of the files put aside so many are kept; 0 keeps all.",
        effect=Effect.NOW,
        kind=Kind.LIMIT,
        ge=0,
        le=1_000,
    )
    days: int = setting(
        0,
        "Keep for days",
        "Files put aside longer ago than so many days are removed; 0 keeps all.",
        effect=Effect.NOW,
        kind=Kind.LIMIT,
        ge=0,
        le=3_650,
    )
    compress: bool = setting(
        False, "Compress", "Files put aside are compressed (gzip).", effect=Effect.NOW
    )
    enabled: bool = setting(True, "Enabled", "A rule that is off takes nothing.", effect=Effect.NOW)


class RemoteLog(Section):
    """Another computer that gets the entries too."""

    address: Annotated[str, AfterValidator(_is_destination)] = setting(
        "127.0.0.1:2000", "Address", "A name or address, and a port.", effect=Effect.NOW
    )
    transport: Transport = setting(
        Transport.LINES,
        "Transport",
        "lines: datagrams as servers of this kind exchange them, usually port 2000. udp, tcp, "
        "tls: standard syslog (RFC 5424), usually port 514, or 6514 with TLS.",
        effect=Effect.NOW,
    )
    ca: str = setting(
        "",
        "Authorities",
        "For tls: a PEM file with the authorities that may vouch for the receiver; empty means "
        "those of the system.",
        effect=Effect.NOW,
        max_length=1024,
    )
    classes: int = setting(
        USUAL_CLASSES,
        "Classes",
        "Which classes are sent.",
        effect=Effect.NOW,
        kind=Kind.CLASSES,
        ge=0,
        le=ALL_CLASSES,
    )
    enabled: bool = setting(True, "Enabled", "One that is off gets nothing.", effect=Effect.NOW)


class Receive(Section):
    """Taking entries from other servers, as datagrams."""

    enabled: bool = setting(
        False, "Receive", "On: entries of other servers are written here too.", effect=Effect.NOW
    )
    address: Annotated[str, AfterValidator(_is_own_address)] = setting(
        "127.0.0.1:2000",
        "Address",
        "Where they arrive: an IP address of this computer and a UDP port.",
        effect=Effect.NOW,
        kind=Kind.ENDPOINT,
    )
    networks: tuple[Addresses, ...] = setting(
        ("127.0.0.0/8", "::1"),
        "Allowed networks",
        "Only these addresses may send entries.",
        effect=Effect.NOW,
        kind=Kind.ADDRESSES,
        max_length=100,
    )


class Log(Section):
    """The log of the whole server."""

    classes: int = setting(
        USUAL_CLASSES,
        "Server",
        "Which classes of the server's own entries are written.",
        effect=Effect.NOW,
        kind=Kind.CLASSES,
        ge=0,
        le=ALL_CLASSES,
    )
    pop3: int = setting(
        USUAL_CLASSES,
        "POP3",
        "Which classes of the POP3 service's entries are written. Protocol lists every command, "
        "without passwords, and grows fast.",
        effect=Effect.NOW,
        kind=Kind.CLASSES,
        ge=0,
        le=ALL_CLASSES,
    )
    categories: tuple[CategoryClasses, ...] = setting(
        (),
        "Categories with classes of their own",
        "What is not listed follows its service.",
        effect=Effect.NOW,
        kind=Kind.ROWS,
        max_length=len(Category),
    )
    files: bool = setting(True, "Files", "On: entries are written to files.", effect=Effect.NOW)
    folder: str = setting(
        "",
        "Folder",
        "Where log files are; empty means the folder logs in the home.",
        effect=Effect.NOW,
        max_length=1024,
    )
    shape: Shape = setting(
        Shape.TEXT,
        "Lines",
        "text: lines that log watchers know. json: one JSON object a line.",
        effect=Effect.NOW,
    )
    utc: bool = setting(
        False, "Times in UTC", "Off: times are those of this computer.", effect=Effect.NOW
    )
    message_ids: bool = setting(
        False,
        "Message identifiers",
        "On: a line about a message that was fetched names its unique-id.",
        effect=Effect.NOW,
    )
    rules: tuple[LogRule, ...] = setting(
        (LogRule(),),
        "Rules",
        "Which entries go to which file. What no rule takes goes to default.txt.",
        effect=Effect.NOW,
        kind=Kind.ROWS,
        max_length=128,
    )
    security: bool = setting(
        False,
        "Security log",
        "On: sign-ins, failures and refusals are written once more, as module SECURITY.",
        effect=Effect.NOW,
    )
    system: bool = setting(
        False,
        "System log",
        "On: entries also go to the log of the operating system.",
        effect=Effect.NOW,
    )
    system_classes: int = setting(
        USUAL_CLASSES,
        "Classes for the system log",
        "Which classes the operating system gets.",
        effect=Effect.NOW,
        kind=Kind.CLASSES,
        ge=0,
        le=ALL_CLASSES,
    )
    remote: tuple[RemoteLog, ...] = setting(
        (),
        "Other computers",
        "Each gets the entries too.",
        effect=Effect.NOW,
        kind=Kind.ROWS,
        max_length=16,
    )
    receive: Receive = Receive()

    @model_validator(mode="after")
    def _each_category_once(self) -> Self:
        seen: set[Category] = set()
        for number, row in enumerate(self.categories):
            if row.category in seen:
                raise misplaced(f"{row.category} is listed twice", "categories", number, "category")
            seen.add(row.category)
        return self

    @model_validator(mode="after")
    def _a_file_is_rolled_one_way(self) -> Self:
        ways: dict[str, tuple[object, ...]] = {}
        for number, rule in enumerate(self.rules):
            way = rule.size, rule.age, rule.period, rule.count, rule.days, rule.compress
            if ways.setdefault(rule.file.lower(), way) != way:
                text = f"another rule has {rule.file} too, and rolls it over differently"
                raise misplaced(text, "rules", number, "file")
        return self
