"""Roles, places and purposes of officers in words."""

from app.identity.permissions import Role
from app.kernel.texts import N_
from app.web.console.words.codes import plain
from app.web.translation import gettext

_ROLES = {
    Role.GATE_OFFICER: N_("Gate officer"),
    Role.GOODS_OFFICER: N_("Goods officer"),
    Role.SENIOR: N_("Supervisor"),
    Role.REMOTE_SENIOR: N_("Remote senior"),
    Role.TARGETER: N_("Targeter"),
    Role.LIST_CUSTODIAN: N_("List custodian"),
    Role.RULE_APPROVER: N_("Rule approver"),
    Role.LEGAL_APPROVER: N_("Legal approver"),
    Role.CARRIER_LIAISON: N_("Carrier liaison"),
    Role.HELP_DESK: N_("Help desk"),
    Role.TECHNICIAN: N_("Technician"),
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.AUDITOR: N_("Auditor"),
}


def role(name: str) -> str:
    """A role as people say it; one that is not known any more by its code."""
    return gettext(_ROLES[Role(name)]) if name in set(Role) else name


def place(written: str | None) -> str:
    """A place as it is chosen; None: it is there no more."""
    if written is None:
        return gettext("a place that is there no more")
    return written or gettext("The whole airport")


def purposes(found: list[str] | None) -> str:
    """For what a role was given."""
    return gettext("All purposes") if found is None else ", ".join(plain(one) for one in found)
