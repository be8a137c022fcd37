"""The table of checks, in the order in which the Health page shows them."""

from __future__ import annotations

from server_core.events.health import HealthGroup
from server_core.health import (
    computer,
    encryption,
    outside,
    reachable,
    safety,
    signing_in,
    sleep,
    storage,
    visiting,
)
from server_core.health.check import Check

CHECKS = (
    Check("bound", HealthGroup.REACHABLE, "Address and port", reachable.bound),
    Check("answering", HealthGroup.REACHABLE, "Answers clients", reachable.answering, 60),
    Check("firewall", HealthGroup.REACHABLE, "Firewall", outside.firewall, 60),
    Check("handshake", HealthGroup.ENCRYPTION, "Handshake", encryption.handshakes, 60),
    Check("certificate", HealthGroup.ENCRYPTION, "Certificate", encryption.certificates),
    Check("old_tls", HealthGroup.ENCRYPTION, "Old TLS versions", encryption.old_versions),
    Check("readable", HealthGroup.ENCRYPTION, "Passwords in clear", encryption.readable_passwords),
    Check("sign_in", HealthGroup.SIGNING_IN, "Test sign-in", visiting.signing_in, 60),
    Check("methods", HealthGroup.SIGNING_IN, "Methods", signing_in.methods),
    Check("offers", HealthGroup.SIGNING_IN, "Methods offered", signing_in.offers),
    Check("accounts", HealthGroup.SIGNING_IN, "Accounts", signing_in.accounts),
    Check("secrets", HealthGroup.SIGNING_IN, "Key of kept passwords", signing_in.kept_passwords),
    Check("written", HealthGroup.STORAGE, "Storing and reading", storage.written),
    Check("room", HealthGroup.STORAGE, "Free space", storage.room),
    Check("index", HealthGroup.STORAGE, "Mailboxes", storage.indexes, 60),
    Check("log", HealthGroup.STORAGE, "Log", storage.log_places),
    Check("default", HealthGroup.SAFETY, "Everybody else", safety.default_rule),
    Check("unreached", HealthGroup.SAFETY, "Access rules", safety.unreached),
    Check("settings", HealthGroup.SAFETY, "Settings", safety.settings),
    Check("config", HealthGroup.SAFETY, "Configuration file", safety.config_file),
    Check("files", HealthGroup.SAFETY, "Files", safety.files),
    Check("clock", HealthGroup.COMPUTER, "Clock", computer.clock),
    Check("drive", HealthGroup.COMPUTER, "Drive", computer.drive),
    Check("sleep", HealthGroup.COMPUTER, "Sleep", sleep.sleep, 30),
    Check("workers", HealthGroup.COMPUTER, "Worker threads", computer.queue),
)
"""Every check the server has, a row each."""

CHECKS_BY_ID = {check.id: check for check in CHECKS}
