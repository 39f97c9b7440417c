"""Roles, what they may do, places and purposes of officers in words."""

from typing import Final

from app.identity.permissions import FieldGroup, Permission, Role
from app.kernel.texts import N_
from app.web.console.words.codes import plain
from app.web.translation import Words, gettext

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

_PERMISSIONS = {
    Permission.VIEW_QUEUE: N_("See the queue and the halls"),
    Permission.VIEW_PERSON: N_("See travellers"),
    Permission.VIEW_FLIGHTS: N_("See flights"),
    Permission.DECIDE_REFERRAL: N_("Decide referrals"),
    Permission.SKIP_EXAMINATION: N_("Leave out a full examination"),
    Permission.INSPECT_OFFICIAL: N_("Have holders of official papers inspected"),
    Permission.LEAD_SHIFT: N_("Lead the shift"),
    Permission.ASSIGN_TEAM: N_("Assign travellers to teams"),
    Permission.VIEW_EFFECTIVENESS: N_("See what screening finds"),
    Permission.REVIEW_HIT: N_("Confirm and dismiss hits"),
    Permission.SWITCH_HALL: N_("Switch the mode of a hall"),
    Permission.SET_FLIGHT: N_("Say where a flight is"),
    Permission.MANAGE_WATCHLIST: N_("Change watch lists"),
    Permission.VIEW_WATCHLIST: N_("Read watch lists"),
    Permission.APPROVE_WATCHLIST: N_("Approve changes of watch lists"),
    Permission.VIEW_HIT_REASON: N_("Read reasons that are for few eyes"),
    Permission.RAISE_LOOKOUT: N_("Place lookouts"),
    Permission.REVIEW_LOOKOUT: N_("Review lookouts"),
    Permission.CLEAR_PAIR: N_("Record who is known not to match"),
    Permission.VIEW_RULES: N_("Read rules"),
    Permission.AUTHOR_RULE: N_("Write rules"),
    Permission.APPROVE_RULE: N_("Approve rules"),
    Permission.VIEW_BACKTESTS: N_("See backtests"),
    Permission.APPROVE_PROTECTED: N_("Approve rules on protected facts"),
    Permission.VIEW_MESSAGES: N_("See messages and data quality"),
    Permission.CHANGE_BOARDING: N_("Order that somebody is not to board"),
    Permission.NAME_AUTHORITY: N_("Name whose answers carry such orders"),
    Permission.VIEW_RAW_MESSAGES: N_("Read the text of transmissions"),
    Permission.MANAGE_MESSAGES: N_("Mend messages and read them again"),
    Permission.MANAGE_PEOPLE: N_("Manage officers and their roles"),
    Permission.MANAGE_DEVICES: N_("Manage devices"),
    Permission.VIEW_AUDIT: N_("Read the audit trail"),
    Permission.ENTER_DECLARATION: N_("Enter declarations"),
    Permission.PUBLISH_NOTICES: N_("Publish notices"),
    Permission.SECOND_LOOK: N_("Look on from afar and instruct"),
    Permission.ORDER_LANE: N_("Give orders to lanes"),
    Permission.VIEW_SENDERS: N_("See senders"),
    Permission.MANAGE_SENDERS: N_("Manage senders and their tokens"),
    Permission.REGISTER_REQUEST: N_("Register requests of travellers"),
    Permission.DECIDE_REQUEST: N_("Decide requests of travellers"),
    Permission.VIEW_KEYS: N_("See which keys there are"),
    Permission.VIEW_RETENTION: N_("See what is kept how long"),
    Permission.PLACE_HOLD: N_("Place legal holds"),
    Permission.ASK_UNMASK: N_("Ask to see what was masked"),
    Permission.APPROVE_UNMASK: N_("Agree to requests to see what was masked"),
    Permission.UNMASK_FIELDS: N_("Have masked fields shown with a reason"),
    Permission.REVIEW_UNMASK: N_("Review looks at what was masked"),
}

_PLACES = {
    "terminal": N_("Terminal %(name)s"),
    "hall": N_("Hall: %(name)s"),
    "lane": N_("Lane or kiosk: %(name)s"),
}


def permission(one: Permission) -> str:
    """What a role may do, as people say it."""
    return gettext(_PERMISSIONS[one])


FIELD_GROUPS: Final[Words[FieldGroup]] = Words({
    FieldGroup.NAME: N_("names"),
    FieldGroup.BIRTH: N_("date of birth"),
    FieldGroup.DOCUMENT: N_("numbers of documents"),
    FieldGroup.CONTACT: N_("contacts and addresses"),
})  # fmt: skip
"""What of a person is masked as one."""


def role(name: str) -> str:
    """A role as people say it; one that is not known any more by its code."""
    return gettext(_ROLES[Role(name)]) if name in set(Role) else name


def place(written: str | None) -> str:
    """A place as it is chosen; None: it is there no more."""
    if written is None:
        return gettext("a place that is there no more")
    kind, _, name = written.partition(":")
    if kind == "counter":
        hall, _, counter = name.partition("/")
        return gettext("Counter %(counter)s, %(hall)s", counter=counter, hall=hall)
    return gettext(_PLACES[kind], name=name) if kind else gettext("The whole airport")


def purposes(found: list[str] | None) -> str:
    """For what a role was given."""
    return gettext("All purposes") if found is None else ", ".join(plain(one) for one in found)
