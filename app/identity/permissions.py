"""The one permission table: which role may do what. Checked on the server, at every route."""

from enum import StrEnum


class Role(StrEnum):
    """What an officer works as."""

    GATE_OFFICER = "gate-officer"
    SENIOR = "senior"
    TARGETER = "targeter"
    RULE_APPROVER = "rule-approver"
    LEGAL_APPROVER = "legal-approver"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    HELP_DESK = "help-desk"
    REMOTE_SENIOR = "remote-senior"


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


_GATE = {
    Permission.VIEW_QUEUE,
    Permission.VIEW_PERSON,
    Permission.VIEW_FLIGHTS,
    Permission.DECIDE_REFERRAL,
    Permission.ENTER_DECLARATION,
    Permission.ASSIGN_TEAM,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.GATE_OFFICER: frozenset(_GATE),
    Role.SENIOR: frozenset(
        _GATE | {Permission.REVIEW_HIT, Permission.SWITCH_HALL, Permission.VIEW_MESSAGES,
                 Permission.CHANGE_BOARDING, Permission.VIEW_RAW_MESSAGES, Permission.SET_FLIGHT,
                 Permission.VIEW_HIT_REASON, Permission.RAISE_LOOKOUT, Permission.REVIEW_LOOKOUT,
                 Permission.CLEAR_PAIR, Permission.APPROVE_WATCHLIST, Permission.VIEW_WATCHLIST,
                 Permission.SKIP_EXAMINATION, Permission.INSPECT_OFFICIAL, Permission.LEAD_SHIFT, Permission.VIEW_EFFECTIVENESS,
                 Permission.VIEW_RULES, Permission.SECOND_LOOK}
    ),
    Role.TARGETER: frozenset(
        {Permission.VIEW_PERSON, Permission.VIEW_FLIGHTS, Permission.REVIEW_HIT,
         Permission.MANAGE_WATCHLIST, Permission.VIEW_WATCHLIST, Permission.AUTHOR_RULE, Permission.VIEW_RULES, Permission.VIEW_QUEUE,
         Permission.VIEW_MESSAGES, Permission.VIEW_RAW_MESSAGES, Permission.MANAGE_MESSAGES,
         Permission.VIEW_HIT_REASON, Permission.RAISE_LOOKOUT, Permission.REVIEW_LOOKOUT,
         Permission.CLEAR_PAIR, Permission.APPROVE_WATCHLIST, Permission.ASSIGN_TEAM,
         Permission.VIEW_EFFECTIVENESS, Permission.VIEW_BACKTESTS}
    ),
    Role.RULE_APPROVER: frozenset(
        {Permission.APPROVE_RULE, Permission.VIEW_RULES, Permission.VIEW_FLIGHTS,
         Permission.VIEW_EFFECTIVENESS, Permission.VIEW_BACKTESTS}
    ),
    Role.LEGAL_APPROVER: frozenset(
        {Permission.APPROVE_RULE, Permission.APPROVE_PROTECTED, Permission.VIEW_RULES,
         Permission.NAME_AUTHORITY, Permission.VIEW_EFFECTIVENESS, Permission.VIEW_BACKTESTS}
    ),
    Role.ADMINISTRATOR: frozenset(
        {Permission.MANAGE_PEOPLE, Permission.MANAGE_DEVICES, Permission.VIEW_MESSAGES,
         Permission.NAME_AUTHORITY, Permission.MANAGE_MESSAGES, Permission.PUBLISH_NOTICES}
    ),
    Role.AUDITOR: frozenset({Permission.VIEW_AUDIT, Permission.VIEW_RULES, Permission.VIEW_EFFECTIVENESS}),
    Role.HELP_DESK: frozenset({Permission.ENTER_DECLARATION}),
    Role.REMOTE_SENIOR: frozenset({Permission.SECOND_LOOK}),
}  # fmt: skip


def granted(roles: list[str], permission: Permission) -> bool:
    """Whether one of ``roles`` allows ``permission``; unknown roles allow nothing."""
    known = set(Role)
    return any(role in known and permission in GRANTS[Role(role)] for role in roles)
