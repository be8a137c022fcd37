"""What another process may ask of the service: a table of verbs, and how their values travel."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from server_core.config.account_terms import AccountBasics, AccountTerms
from server_core.config.checking import check, checked
from server_core.config.draft import ConfigRejected, NoSuchSetting
from server_core.events.views import AccountView
from server_core.ingress import ImportReport
from server_core.service import Applied, MailService, Refused


def config_tree(service: MailService) -> dict[str, Any]:
    """The running configuration as plain values."""
    return service.config.model_dump(mode="json")


async def change_config(service: MailService, edits: dict[str, Any]) -> Applied:
    """Apply edits by path; None takes a listener away."""
    draft = service.draft()
    for path, value in edits.items():
        if value is None:
            draft.remove(path)
        else:
            draft.set(path, value)
    return await service.apply(draft, origin="console")


async def replace_config(service: MailService, tree: dict[str, Any]) -> Applied:
    """Apply a whole configuration, given as plain values."""
    draft = service.draft()
    draft.become(check(tree))
    return await service.apply(draft, origin="console")


async def edit_account(service: MailService, name: str, edits: dict[str, Any]) -> AccountView:
    """Change some of what is decided of an account, by the names of the settings."""
    view = await service.account(name)
    before = {"full_name": view.full_name, "enabled": view.enabled}
    basics = checked(AccountBasics, {key: edits.get(key, was) for key, was in before.items()})
    changed = {key: value for key, value in edits.items() if key not in before}
    terms = checked(AccountTerms, {**view.terms.model_dump(mode="json"), **changed})
    return await service.change_account(
        view.name, full_name=basics.full_name, enabled=basics.enabled, terms=terms
    )


async def import_mail(
    service: MailService,
    account: str,
    path: Path,
    format: str = "auto",  # noqa: A002
) -> ImportReport:
    """Bring foreign mail into a mailbox; all on disk on return."""
    return await service.import_mail(account, path, format)


async def export_mail(
    service: MailService,
    account: str,
    destination: Path,
    format: str = "eml",  # noqa: A002
) -> int:
    """Write a mailbox out; gives how many messages."""
    return await service.export_mail(account, destination, format)


class Verb:
    """One row: what is called, and how its arguments and its result travel as JSON."""

    def __init__(self, call: Callable[..., Any]) -> None:
        hints = typing.get_type_hints(call)
        self._call = call
        self._result: TypeAdapter[Any] = TypeAdapter(hints.pop("return"))
        _the_service, *parameters = inspect.signature(call).parameters.values()
        self._arguments = {each.name: TypeAdapter(hints[each.name]) for each in parameters}
        self._needed = {each.name for each in parameters if each.default is each.empty}

    async def perform(self, service: MailService, arguments: Mapping[str, object]) -> Any:
        """Do it and give the result; Refused when it cannot be done or makes no sense."""
        if unknown := arguments.keys() - self._arguments.keys():
            raise Refused(f"There is no argument {min(unknown)}.")
        if missing := self._needed - arguments.keys():
            raise Refused(f"The argument {min(missing)} is missing.")
        try:
            values = {
                name: self._arguments[name].validate_python(value)
                for name, value in arguments.items()
            }
        except ValidationError as problem:
            raise Refused(f"The arguments do not fit: {problem}") from None
        try:
            result = self._call(service, **values)
            return await result if inspect.isawaitable(result) else result
        except (ConfigRejected, NoSuchSetting, OSError) as problem:
            raise Refused(str(problem)) from problem

    def to_json(self, result: Any) -> Any:
        """The result as plain values."""
        return self._result.dump_python(result, mode="json")

    def from_json(self, value: Any) -> Any:
        """The result back from plain values."""
        return self._result.validate_python(value)


VERBS: Mapping[str, Verb] = {
    name: Verb(call)
    for name, call in (
        ("status", MailService.status),
        ("listeners", MailService.listeners),
        ("restart_listener", MailService.restart_listener),
        ("pause", MailService.pause),
        ("resume", MailService.resume),
        ("sessions", MailService.sessions),
        ("history", MailService.history),
        ("disconnect", MailService.disconnect),
        ("accounts", MailService.accounts),
        ("account", MailService.account),
        ("readiness", MailService.readiness),
        ("add_account", MailService.add_account),
        ("change_account", MailService.change_account),
        ("edit_account", edit_account),
        ("set_password", MailService.set_password),
        ("set_enabled", MailService.set_enabled),
        ("remove_account", MailService.remove_account),
        ("messages", MailService.messages),
        ("import_mail", import_mail),
        ("export_mail", export_mail),
        ("check", MailService.check),
        ("try_address", MailService.try_address),
        ("meters", MailService.meters),
        ("rule_uses", MailService.rule_uses),
        ("refusals", MailService.refusals),
        ("refused_lately", MailService.refused_lately),
        ("bans", MailService.bans),
        ("ban", MailService.ban),
        ("unban", MailService.unban),
        ("trust", MailService.trust),
        ("workers", MailService.workers),
        ("methods", MailService.methods),
        ("test_kerberos", MailService.test_kerberos),
        ("check_health", MailService.check_health),
        ("findings", MailService.findings),
        ("health_report", MailService.health_report),
        ("visit_listener", MailService.visit_listener),
        ("mend", MailService.mend),
        ("explain_sign_in", MailService.explain_sign_in),
        ("log_places", MailService.log_places),
        ("try_log_place", MailService.try_log_place),
        ("log_folder", MailService.log_folder),
        ("receiving", MailService.receiving),
        ("capture", MailService.capture),
        ("stop_capture", MailService.stop_capture),
        ("captures", MailService.captures),
        ("secrets_status", MailService.secrets_status),
        ("rotate_key", MailService.rotate_key),
        ("retry_vault", MailService.retry_vault),
        ("certificates", MailService.certificates),
        ("create_authority", MailService.create_authority),
        ("create_certificate", MailService.create_certificate),
        ("watch_certificate", MailService.watch_certificate),
        ("remove_certificate", MailService.remove_certificate),
        ("show_window", MailService.show_window),
        ("config_tree", config_tree),
        ("change_config", change_config),
        ("replace_config", replace_config),
    )
}
