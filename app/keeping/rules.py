"""Every table that holds something about a person, and what becomes of its rows. A test walks all tables against it.

Order: what goes is looked for in this order, what is masked likewise. Rows that belong to others go with them, by the
foreign keys (:mod:`app.keeping.engine`).
"""

from app.keeping import masks
from app.keeping.masks import (
    age_alone,
    explanation,
    gone,
    nothing,
    record,
    stand_in,
)
from app.keeping.rule import Rule
from app.referrals.kinds import FindingKind, ReferralKind
from app.retention.clocks import Clock

ARRIVED = "coalesce(f.arrives_at, f.flight_date + interval '1 day')"
_FLIGHT = "join flight f on f.id = t.flight_id"
_PASSENGER = "join passenger p on p.id = t.passenger_id join flight f on f.id = p.flight_id"
_BOOKED = "q.flight_id = t.flight_id and (q.party_id = t.party_id or q.pnr_data ? t.id::text)"
_OF_PASSENGER = ("t.passenger_id", "p.flight_id")
_REFERRAL = "join referral r on r.id = t.referral_id"
_OF_REFERRAL = ("r.id", "r.passenger_id", "r.flight_id")
_CASES = ", ".join(
    f"'{one}'"
    for one in (
        ReferralKind.RISK,
        ReferralKind.RECALL,
        ReferralKind.LATE_HIT,
        ReferralKind.OTHER_AGENCY,
    )
)
LINKED = (
    "(exists (select from hit h where h.passenger_id = {id} and (h.state = 'confirmed'"  # noqa: S608
    "  or (h.source = 'watchlist' and h.state <> 'dismissed' and h.explanation @> '{{\"alert\": true}}')))"
    " or exists (select from hit_review v where v.passenger_id = {id} and v.state = 'confirmed')"
    f" or exists (select from referral r where r.passenger_id = {{id}} and (r.kind in ({_CASES})"
    "  or exists (select from inspection i join finding g on g.inspection_id = i.id"
    f"             where i.referral_id = r.id and g.kind <> '{FindingKind.NOTHING}')))"
    " or exists (select from retention_indication n where n.passenger_id = {id}))"
)
"""SQL: whether something objective links a passenger to serious crime (C-817/19): a confirmed hit, an entry of a
list that stands, a case, an indication that an officer recorded."""


def _of_passenger(table: str, clock: Clock, **more: object) -> Rule:
    return Rule(
        table, clock, ARRIVED, _PASSENGER, _OF_PASSENGER, "t.passenger_id", within="passenger",
        **more,  # type: ignore[arg-type]  # the fields of Rule
    )  # fmt: skip


def _of_case(table: str, **more: object) -> Rule:
    return Rule(table, Clock.CASE, within="referral", **more)  # type: ignore[arg-type]  # likewise


TRAVEL = (
    Rule(
        "passenger", Clock.FLIGHT, ARRIVED, _FLIGHT, ("t.id", "t.flight_id"), "t.id",
        masks={
            "surname": nothing("surname"), "given_names": nothing("given_names"),
            "name_key": nothing("name_key"), "birth_date": age_alone("birth_date", "f.flight_date"),
            "seat": gone("seat"), "reference": gone("reference"), "locator": gone("locator"),
            "api_data": gone("api_data"), "pnr_data": masks.bookings("pnr_data"),
        },
        needs=("f.flight_date as day",), unlinked=f"not {LINKED.format(id='t.id')}",
    ),
    Rule(
        "booking", Clock.FLIGHT, ARRIVED, _FLIGHT, ("t.flight_id",),
        subject_sets=(f"array(select q.id from passenger q where {_BOOKED})",),  # noqa: S608
        masks={"locator": stand_in("locator"), "record": record("record")},
        unlinked=f"not exists (select from passenger q where {_BOOKED})",
    ),
    Rule(
        "booking_version", Clock.FLIGHT, ARRIVED, "join booking b on b.id = t.booking_id"
        " join flight f on f.id = b.flight_id", ("b.flight_id",),
        masks={"record": record("record")}, within="booking",
    ),
    _of_passenger("passenger_version", Clock.FLIGHT, masks={"record": record("record")}),
    _of_passenger(
        "document", Clock.FLIGHT,
        masks={"number": nothing("number"), "number_key": stand_in("number_key"),
               "issued_on": gone("issued_on"), "expires_on": gone("expires_on")},
    ),
    _of_passenger(
        "shown_passport", Clock.FLIGHT, needs=("f.flight_date as day",),
        masks={"digest": masks.stand_in_bytes("digest"), "surname": nothing("surname"),
               "given_names": nothing("given_names"), "number": nothing("number"),
               "birth_date": age_alone("birth_date", "f.flight_date"),
               "expires_on": gone("expires_on")},
    ),
    _of_passenger(
        "identity_link", Clock.TRAVELLER,
        masks={name: gone(name) for name in ("proposed_because", "made_because", "undone_because")},
    ),
    Rule(
        "traveller", Clock.TRAVELLER, at_once=True,
        only="not exists (select from passenger p where p.traveller_id = t.id)"
        " and not exists (select from identity_link l where l.traveller_id = t.id)",
    ),
    Rule(
        "awaited_status", Clock.FLIGHT, ARRIVED, _FLIGHT, ("t.flight_id",),
        masks={"reference": stand_in("reference")},
    ),
    Rule("crew_member", Clock.MASTER_CREW, "t.prepared_at"),
)  # fmt: skip

SCREENING = (
    _of_passenger("assessment", Clock.SCREENING, masks={"facts": masks.facts("facts")}),
    _of_passenger("hit", Clock.SCREENING, masks={"explanation": explanation("explanation")}),
    _of_passenger("shadow_hit", Clock.SCREENING, masks={"explanation": explanation("explanation")}),
    _of_passenger("hit_review", Clock.SCREENING, masks={"reason": nothing("reason")}),
    _of_passenger("link_key", Clock.SCREENING),
    Rule("rule_snooze", Clock.SCREENING, "t.until::timestamptz",
         masks={"reason": nothing("reason")}),
    Rule("known_not_match", Clock.TRAVELLER, "t.expires_on::timestamptz", subjects=("t.passenger_id",),
         passenger="t.passenger_id", masks={"reason": nothing("reason")}),
    Rule("backtest", Clock.SCREENING, "t.created_at", masks={"samples": nothing("samples", "'{}'::uuid[]", [])},
         empties={"samples": "'{}'::uuid[]"}),
    Rule("watchlist_entry", Clock.WATCHLIST, "least(t.removed_at, (t.valid_to + 1)::timestamptz)"),
    Rule("watchlist_proposal_entry", Clock.WATCHLIST, "coalesce(o.decided_at, o.proposed_at)",
         "join watchlist_proposal o on o.id = t.proposal_id"),
    Rule("urgent_lookout", Clock.WATCHLIST, "coalesce(t.ended_at, t.expires_at)"),
)  # fmt: skip

CASES = (
    Rule("referral", Clock.CASE, "t.closed_at", subjects=("t.id", "t.passenger_id", "t.flight_id")),
    _of_case("referral_event"), _of_case("inspection"), _of_case("inspection_amendment"), _of_case("finding"),
    _of_case("second_look"), _of_case("second_look_instruction"),
    Rule("counter_work", Clock.CASE, "t.done_at", "left join referral r on r.id = t.referral_id"
         " left join declaration d on d.id = t.declaration_id",
         ("r.id", "coalesce(r.passenger_id, d.passenger_id)")),
    Rule("disposition", Clock.CASE, within="referral"),
    Rule("referral_attachment", Clock.EVIDENCE, "r.closed_at", _REFERRAL, _OF_REFERRAL),
    Rule("boarding_order", Clock.CASE, "t.created_at", within="passenger", subjects=("t.passenger_id",),
         empties={"reason": "''"}),
    Rule("quarantine", Clock.CASE, "t.decided_at", empties={"reason": "null"}),
    Rule("sender_mapping", Clock.CASE, "t.created_at", empties={"reason": "''"}),
    Rule("legal_hold", Clock.CASE, "coalesce(t.ended_at, (t.until + 1)::timestamptz)"),
    Rule("unmasking", Clock.CASE, "coalesce(t.decided_at, t.asked_at)"),
    Rule("disclosure", Clock.CASE, "t.until", subjects=("t.subject_id",)),
    Rule("rights_request", Clock.RIGHTS, "t.closed_at"),
    Rule("retention_indication", Clock.CASE, at_once=True,
         only="not exists (select from passenger p where p.id = t.passenger_id)"),
)  # fmt: skip

GATE = (
    Rule(
        "presentation", Clock.PRESENTATION, "t.decided_at", "left join passenger p on p.id = t.passenger_id",
        ("t.passenger_id", "p.flight_id"), "t.passenger_id", needs=("t.decided_at::date as day",),
        masks={"document_key": stand_in("document_key"),
               "birth_date": age_alone("birth_date", "t.decided_at::date"),
               "readings": masks.readings("readings")},
    ),
    Rule("sealed_face", Clock.FACE, elsewhere="gate.faces"),
    Rule("referral_picture", Clock.FACE, elsewhere="gate.faces"),
    Rule("live_look", Clock.FACE, elsewhere="gate.faces"),
)  # fmt: skip

MESSAGES = (
    Rule("message", Clock.RAW_MESSAGE, "t.created_at", elsewhere="messages.expiry"),
    Rule("answer", Clock.RAW_MESSAGE, "t.created_at", empties={"text": "null"}),
    Rule("sandbox_message", Clock.RAW_MESSAGE, "t.created_at", empties={"links": "'{}'::bytea[]"}),
)

DECLARATIONS = tuple(
    Rule(table, Clock.DECLARATION, elsewhere="declarations.service")
    for table in ("declaration", "declaration_version", "companion", "following_articles")
)

TRAIL = (Rule("audit_salt", Clock.COMMITMENT, "t.at"),)

STAFF = (
    Rule("officer", Clock.STAFF, "t.disabled_at",
         empties={"login": "'former-' || t.id::text", "name": "''", "language": "null"}),
    *(Rule(table, Clock.STAFF, "o.disabled_at", "join officer o on o.id = t.officer_id")
      for table in ("passkey", "officer_link", "officer_password")),
    Rule("passkey_challenge", Clock.SESSION, "t.expires_at"),
    Rule("sign_in_slowing", Clock.SESSION, "t.free_at"),
    Rule("officer_session", Clock.SESSION, "least(t.expires_at, t.revoked_at)"),
    Rule("sender_session", Clock.SESSION, "least(t.expires_at, t.revoked_at)"),
    Rule("device_token", Clock.SESSION, "t.expires_at"),
    Rule("sign_in_code", Clock.SESSION, "t.expires_at"),
    Rule("enrolment_code", Clock.SESSION, "t.expires_at"),
    Rule("idempotency", Clock.SESSION, "t.created_at", key="ctid"),
    Rule("event", Clock.SESSION, "t.at"),
)  # fmt: skip

SEALED = (Rule("masked_row", Clock.FLIGHT, elsewhere="keeping.engine"),)
"""Originals go with the rows that they are of."""

RULES: tuple[Rule, ...] = (
    *CASES, *TRAVEL, *SCREENING, *GATE, *MESSAGES, *DECLARATIONS, *TRAIL, *STAFF, *SEALED,
)  # fmt: skip
