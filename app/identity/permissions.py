"""The one permission table: which role may do what and sees which fields of a person in clear, and which roles one
person may not hold together.

Checked on the server, at every route; where somebody may do it and for which purposes stands in his grants
(:mod:`app.identity.grants`). ASVS 5.0, 8.1 and 8.2.
"""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """What an officer works as. ``senior`` is the supervisor of a shift: the code is older than the word."""

    GATE_OFFICER = "gate-officer"
    GOODS_OFFICER = "goods-officer"
    SENIOR = "senior"
    REMOTE_SENIOR = "remote-senior"
    TARGETER = "targeter"
    LIST_CUSTODIAN = "list-custodian"
    RULE_APPROVER = "rule-approver"
    LEGAL_APPROVER = "legal-approver"
    CARRIER_LIAISON = "carrier-liaison"
    HELP_DESK = "help-desk"
    TECHNICIAN = "technician"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class FieldGroup(StrEnum):
    """What of a person is shown in clear or masked as one: names; date and place of birth; numbers of documents;
    telephone, mail, addresses and what travellers are written to by.
    """

    NAME = "name"
    BIRTH = "birth"
    DOCUMENT = "document"
    CONTACT = "contact"


class Permission(StrEnum):
    """One thing that can be allowed."""

    VIEW_QUEUE = "view-queue"
    VIEW_PERSON = "view-person"
    VIEW_FLIGHTS = "view-flights"
    DECIDE_REFERRAL = "decide-referral"
    SKIP_EXAMINATION = "skip-examination"
    INSPECT_OFFICIAL = "inspect-official"
    LEAD_SHIFT = "lead-shift"
    ASSIGN_TEAM = "assign-team"
    VIEW_EFFECTIVENESS = "view-effectiveness"
    REVIEW_HIT = "review-hit"
    SWITCH_HALL = "switch-hall"
    SET_FLIGHT = "set-flight"
    MANAGE_WATCHLIST = "manage-watchlist"
    VIEW_WATCHLIST = "view-watchlist"
    APPROVE_WATCHLIST = "approve-watchlist"
    VIEW_HIT_REASON = "view-hit-reason"
    RAISE_LOOKOUT = "raise-lookout"
    REVIEW_LOOKOUT = "review-lookout"
    CLEAR_PAIR = "clear-pair"
    VIEW_RULES = "view-rules"
    AUTHOR_RULE = "author-rule"
    APPROVE_RULE = "approve-rule"
    VIEW_BACKTESTS = "view-backtests"
    APPROVE_PROTECTED = "approve-protected"
    VIEW_MESSAGES = "view-messages"
    CHANGE_BOARDING = "change-boarding"
    NAME_AUTHORITY = "name-authority"
    VIEW_RAW_MESSAGES = "view-raw-messages"
    MANAGE_MESSAGES = "manage-messages"
    MANAGE_PEOPLE = "manage-people"
    MANAGE_DEVICES = "manage-devices"
    VIEW_AUDIT = "view-audit"
    ENTER_DECLARATION = "enter-declaration"
    PUBLISH_NOTICES = "publish-notices"
    SECOND_LOOK = "second-look"
    ORDER_LANE = "order-lane"
    VIEW_SENDERS = "view-senders"
    MANAGE_SENDERS = "manage-senders"
    REGISTER_REQUEST = "register-request"
    DECIDE_REQUEST = "decide-request"
    VIEW_KEYS = "view-keys"
    VIEW_RETENTION = "view-retention"
    PLACE_HOLD = "place-hold"
    ASK_UNMASK = "ask-unmask"
    APPROVE_UNMASK = "approve-unmask"
    REVIEW_UNMASK = "review-unmask"
    UNMASK_FIELDS = "unmask-fields"


_GOODS = {
    Permission.VIEW_QUEUE,
    Permission.VIEW_PERSON,
    Permission.VIEW_FLIGHTS,
    Permission.DECIDE_REFERRAL,
    Permission.ENTER_DECLARATION,
    Permission.REGISTER_REQUEST,
    Permission.UNMASK_FIELDS,
}
_GATE = _GOODS | {Permission.ASSIGN_TEAM, Permission.ORDER_LANE}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.GATE_OFFICER: frozenset(_GATE),
    Role.GOODS_OFFICER: frozenset(_GOODS),
    Role.SENIOR: frozenset(
        _GATE | {Permission.REVIEW_HIT, Permission.SWITCH_HALL, Permission.VIEW_MESSAGES, Permission.VIEW_SENDERS,
                 Permission.CHANGE_BOARDING, Permission.VIEW_RAW_MESSAGES, Permission.SET_FLIGHT,
                 Permission.VIEW_HIT_REASON, Permission.RAISE_LOOKOUT, Permission.REVIEW_LOOKOUT,
                 Permission.CLEAR_PAIR, Permission.APPROVE_WATCHLIST, Permission.VIEW_WATCHLIST,
                 Permission.SKIP_EXAMINATION, Permission.INSPECT_OFFICIAL, Permission.LEAD_SHIFT, Permission.VIEW_EFFECTIVENESS,
                 Permission.VIEW_RULES, Permission.SECOND_LOOK, Permission.DECIDE_REQUEST,
                 Permission.VIEW_RETENTION, Permission.PLACE_HOLD, Permission.ASK_UNMASK}
    ),
    Role.REMOTE_SENIOR: frozenset({Permission.SECOND_LOOK, Permission.UNMASK_FIELDS}),
    Role.TARGETER: frozenset(
        {Permission.VIEW_PERSON, Permission.VIEW_FLIGHTS, Permission.REVIEW_HIT,
         Permission.VIEW_WATCHLIST, Permission.AUTHOR_RULE, Permission.VIEW_RULES, Permission.VIEW_QUEUE,
         Permission.VIEW_MESSAGES, Permission.VIEW_RAW_MESSAGES, Permission.MANAGE_MESSAGES, Permission.VIEW_SENDERS,
         Permission.VIEW_HIT_REASON, Permission.RAISE_LOOKOUT, Permission.REVIEW_LOOKOUT,
         Permission.CLEAR_PAIR, Permission.APPROVE_WATCHLIST, Permission.ASSIGN_TEAM,
         Permission.VIEW_EFFECTIVENESS, Permission.VIEW_BACKTESTS,
         Permission.VIEW_RETENTION, Permission.ASK_UNMASK}
    ),
    Role.LIST_CUSTODIAN: frozenset(
        {Permission.VIEW_WATCHLIST, Permission.MANAGE_WATCHLIST, Permission.APPROVE_WATCHLIST}
    ),
    Role.RULE_APPROVER: frozenset(
        {Permission.APPROVE_RULE, Permission.VIEW_RULES, Permission.VIEW_FLIGHTS,
         Permission.VIEW_EFFECTIVENESS, Permission.VIEW_BACKTESTS}
    ),
    Role.LEGAL_APPROVER: frozenset(
        {Permission.APPROVE_RULE, Permission.APPROVE_PROTECTED, Permission.VIEW_RULES, Permission.VIEW_SENDERS,
         Permission.NAME_AUTHORITY, Permission.VIEW_EFFECTIVENESS, Permission.VIEW_BACKTESTS,
         Permission.REGISTER_REQUEST, Permission.DECIDE_REQUEST,
         Permission.VIEW_RETENTION, Permission.PLACE_HOLD, Permission.APPROVE_UNMASK}
    ),
    Role.CARRIER_LIAISON: frozenset(
        {Permission.VIEW_MESSAGES, Permission.MANAGE_MESSAGES, Permission.VIEW_SENDERS, Permission.MANAGE_SENDERS}
    ),
    Role.HELP_DESK: frozenset({Permission.ENTER_DECLARATION}),
    Role.TECHNICIAN: frozenset({Permission.MANAGE_DEVICES}),
    Role.ADMINISTRATOR: frozenset(
        {Permission.MANAGE_PEOPLE, Permission.MANAGE_DEVICES, Permission.NAME_AUTHORITY, Permission.VIEW_SENDERS,
         Permission.MANAGE_SENDERS, Permission.PUBLISH_NOTICES, Permission.VIEW_KEYS}
    ),
    Role.AUDITOR: frozenset(
        {Permission.VIEW_AUDIT, Permission.VIEW_RULES,
         Permission.VIEW_EFFECTIVENESS, Permission.VIEW_RETENTION, Permission.REVIEW_UNMASK}
    ),
}  # fmt: skip

OF_ALL_PLACES = frozenset({Permission.REGISTER_REQUEST, Permission.DECIDE_REQUEST})
"""A traveller who asks what is kept is answered from all records, wherever the officer who answers works."""

_WHO = frozenset({FieldGroup.NAME, FieldGroup.BIRTH, FieldGroup.DOCUMENT})
_ALL = frozenset(FieldGroup)
_NOTHING = frozenset[FieldGroup]()

IN_CLEAR: dict[Role, frozenset[FieldGroup]] = {
    Role.GATE_OFFICER: _WHO,
    Role.GOODS_OFFICER: _WHO,
    Role.SENIOR: _ALL,
    Role.REMOTE_SENIOR: _NOTHING,
    Role.TARGETER: _ALL,
    Role.LIST_CUSTODIAN: _WHO,
    Role.RULE_APPROVER: _NOTHING,
    Role.LEGAL_APPROVER: _ALL,
    Role.CARRIER_LIAISON: _NOTHING,
    Role.HELP_DESK: _WHO,
    Role.TECHNICIAN: _NOTHING,
    Role.ADMINISTRATOR: _NOTHING,
    Role.AUDITOR: _NOTHING,
}
"""What of a person each role needs to see in clear; all else it sees masked (docs/adr/0026). Whoever stands before the
traveller needs who he is and nothing to reach him by; whoever looks for people before they come needs all.
"""

SIGNING = frozenset(
    {Permission.MANAGE_WATCHLIST, Permission.APPROVE_WATCHLIST, Permission.RAISE_LOOKOUT, Permission.REVIEW_LOOKOUT,
     Permission.CLEAR_PAIR, Permission.REVIEW_HIT, Permission.AUTHOR_RULE, Permission.APPROVE_RULE,
     Permission.APPROVE_PROTECTED, Permission.NAME_AUTHORITY, Permission.MANAGE_PEOPLE, Permission.CHANGE_BOARDING,
     Permission.DECIDE_REQUEST, Permission.PLACE_HOLD, Permission.ASK_UNMASK, Permission.APPROVE_UNMASK,
     Permission.REVIEW_UNMASK, Permission.UNMASK_FIELDS}
)  # fmt: skip
"""What stands under an officer's own name: signatures, approvals, orders and keys."""

LOCAL = frozenset({Role.GATE_OFFICER, Role.GOODS_OFFICER, Role.SENIOR, Role.TECHNICIAN})
"""Roles that can be given for a terminal, a hall, a lane or a counter; rules, lists and flights are of the airport."""

WITHOUT_PASSENGERS = frozenset(
    {Permission.MANAGE_PEOPLE, Permission.MANAGE_DEVICES, Permission.NAME_AUTHORITY, Permission.VIEW_SENDERS,
     Permission.MANAGE_SENDERS, Permission.PUBLISH_NOTICES, Permission.VIEW_FLIGHTS, Permission.VIEW_EFFECTIVENESS, Permission.VIEW_BACKTESTS,
     Permission.VIEW_AUDIT, Permission.VIEW_RULES, Permission.APPROVE_RULE, Permission.APPROVE_PROTECTED,
     Permission.SWITCH_HALL, Permission.ORDER_LANE, Permission.VIEW_KEYS}
)  # fmt: skip
"""What shows nothing of any passenger. Everything else does."""

LENT = WITHOUT_PASSENGERS - SIGNING
"""All that is done in a session that an administrator's code has opened (:class:`app.identity.models.CodeFrom`): the
administrator may have used it himself, so it shows no passenger and signs nothing.
"""

POWERFUL = frozenset(
    {Role.RULE_APPROVER, Role.LEGAL_APPROVER, Role.ADMINISTRATOR, Role.AUDITOR}
) | frozenset(role for role in Role if GRANTS[role] - WITHOUT_PASSENGERS)
"""Roles that are given on two signatures (ASVS 5.0, 2.3.5): those that decide what the service does, and all that show
passengers (docs/adr/0028).
"""

LOOKING_ON = frozenset(
    {Permission.VIEW_AUDIT, Permission.VIEW_RULES,
     Permission.VIEW_EFFECTIVENESS, Permission.VIEW_RETENTION, Permission.REVIEW_UNMASK}
)  # fmt: skip
"""What an auditor may do: it changes nothing that is audited."""


class Clash(StrEnum):
    """Why two roles are not one person's."""

    RULES = "author-and-approver"
    MACHINES = "administration-and-passengers"
    AUDIT = "auditor-and-audited"


def clash(roles: Iterable[Role]) -> Clash | None:
    """Why one person may not hold all of ``roles``, if that is so (separation of duties)."""
    held = frozenset[Permission]().union(*(GRANTS[role] for role in roles))
    if {Permission.AUTHOR_RULE, Permission.APPROVE_RULE} <= held:
        return Clash.RULES
    if Permission.VIEW_AUDIT in held and held - LOOKING_ON:
        return Clash.AUDIT
    if held & {Permission.MANAGE_PEOPLE, Permission.MANAGE_DEVICES} and held - WITHOUT_PASSENGERS:
        return Clash.MACHINES
    return None


def granted(roles: Iterable[str], permission: Permission) -> bool:
    """Whether one of ``roles`` allows ``permission``; unknown roles allow nothing."""
    known = set(Role)
    return any(role in known and permission in GRANTS[Role(role)] for role in roles)


def holders(permission: Permission) -> tuple[Role, ...]:
    """The roles that allow ``permission``."""
    return tuple(role for role in Role if permission in GRANTS[role])
