"""What stands where: how each table is narrowed to an officer's scope (:mod:`app.identity.scope`).

A hall belongs to its terminal, a device, a team, a referral and a presentation to their hall; a lane or a counter has
what was presented or sent there. Somebody who is expected belongs to the airport and is there for all its officers;
whoever has come to a kiosk belongs to where he came. Flights, messages, rules and figures are the airport's.
"""

from typing import Any

import sqlalchemy as sa

from app.declarations.models import Declaration
from app.gate.models import Hall, Presentation
from app.identity.models import Device
from app.identity.scope import Scope, addressed, bounded, standing
from app.referrals.evidence_models import Attachment, Instruction, SecondLook
from app.referrals.goods_models import CounterWork
from app.referrals.models import Referral
from app.referrals.shift_models import Duty, LaneTeam
from app.retention.models import HoldKind, LegalHold, Unmasking
from app.screening.backtest_models import Backtest
from app.screening.list_models import KnownNotMatch, UrgentLookout, WatchlistProposal
from app.screening.models import Hit, Rule, RuleVersion, Watchlist
from app.travel.models import IdentityLink, Passenger

_HALLS, _DEVICES = Hall.__table__, Device.__table__
_SHOWN, _REFERRED = Presentation.__table__, Referral.__table__
_Clause = sa.ColumnElement[bool]
_Column = sa.SQLColumnExpression[Any]


def _among(column: _Column, values: frozenset[Any]) -> _Clause:
    return column.in_(sorted(values)) if values else sa.false()


def _in_full(scope: Scope, hall: _Column) -> _Clause:
    """Whether a hall is in scope with all that is in it."""
    if scope.whole:
        return sa.true()
    halls = _HALLS.alias()
    of_terminal = sa.select(halls.c.id).where(_among(halls.c.terminal, scope.terminals))
    return sa.or_(_among(hall, scope.halls), hall.in_(of_terminal))


def _hall(scope: Scope, hall: _Column) -> _Clause:
    """Whether a hall is there, if only because one of its lanes or counters is in scope."""
    devices = _DEVICES.alias()
    of_lane = sa.select(devices.c.hall_id).where(_among(devices.c.id, scope.lanes))
    counters = frozenset(one for one, _ in scope.counters)
    return sa.or_(_in_full(scope, hall), hall.in_(of_lane), _among(hall, counters))


def _presented(scope: Scope, table: Any) -> _Clause:
    """Whether a presentation was at a place in scope."""
    at_counter = [
        sa.and_(table.hall_id == hall, table.counter == name)
        for hall, name in sorted(scope.counters)
    ]
    return sa.or_(
        _in_full(scope, table.hall_id), _among(table.device_id, scope.lanes), sa.false(), *at_counter
    )  # fmt: skip


def _referral(scope: Scope, table: Any) -> _Clause:
    shown = _SHOWN.alias()
    came = sa.exists().where(shown.c.id == table.presentation_id, _presented(scope, shown.c))
    return sa.or_(
        _in_full(scope, table.hall_id), _among(table.device_id, scope.lanes),
        came.correlate_except(shown),
    )  # fmt: skip


def _referred(scope: Scope, referral_id: _Column) -> _Clause:
    """Whether the referral of this id is in scope."""
    one = _REFERRED.alias()
    return sa.exists().where(one.c.id == referral_id, _referral(scope, one.c)).correlate_except(one)


def _seen(scope: Scope, key: _Column, *, by: str) -> _Clause:
    """Whether somebody has not come yet, or has come to a place in scope. ``by``: the presentation's name for him."""
    if scope.whole:
        return sa.true()
    anywhere, here, called = _SHOWN.alias(), _SHOWN.alias(), _REFERRED.alias()
    came = sa.exists().where(anywhere.c[by] == key).correlate_except(anywhere)
    came_here = sa.exists().where(here.c[by] == key, _presented(scope, here.c))
    found = [~came, came_here.correlate_except(here)]
    if by == "passenger_id":
        of_case = sa.exists().where(called.c.passenger_id == key, _referral(scope, called.c))
        found.append(of_case.correlate_except(called))
    return sa.or_(*found)


def install_reach() -> None:
    """Say it once, when the program is put together."""
    bounded(Hall, lambda scope: _hall(scope, Hall.id), place=True)
    bounded(LaneTeam, lambda scope: _hall(scope, LaneTeam.hall_id), place=True)
    bounded(Duty, lambda scope: _hall(scope, Duty.hall_id))
    bounded(Device, _device, place=True)
    bounded(Referral, lambda scope: _referral(scope, Referral))
    bounded(Presentation, lambda scope: _presented(scope, Presentation))
    bounded(Passenger, lambda scope: _seen(scope, Passenger.id, by="passenger_id"))
    bounded(Declaration, lambda scope: _seen(scope, Declaration.id, by="declaration_id"))
    bounded(Unmasking, _unmasking)
    standing(Hit, _of_hit)
    _name_addresses()


def _device(scope: Scope) -> _Clause:
    return sa.or_(_in_full(scope, Device.hall_id), _among(Device.id, scope.lanes))


def _name_addresses() -> None:
    addressed("hall_id", Hall.id, lambda scope: _hall(scope, Hall.id))
    addressed("team_id", LaneTeam.id, lambda scope: _hall(scope, LaneTeam.hall_id))
    addressed("device_id", Device.id, _device)
    addressed("referral_id", Referral.id, lambda scope: _referral(scope, Referral))
    addressed(
        "passenger_id", Passenger.id, lambda scope: _seen(scope, Passenger.id, by="passenger_id")
    )
    addressed(
        "identifier",
        Declaration.id,
        lambda scope: _seen(scope, Declaration.id, by="declaration_id"),
        under="/declarations/",
    )
    addressed("hit_id", Hit.id, _hit)
    addressed(
        "link_id",
        IdentityLink.id,
        lambda scope: _seen(scope, IdentityLink.passenger_id, by="passenger_id"),
    )
    addressed(
        "attachment_id", Attachment.id, lambda scope: _referred(scope, Attachment.referral_id)
    )
    addressed("look_id", SecondLook.id, lambda scope: _referred(scope, SecondLook.referral_id))
    addressed("instruction_id", Instruction.id, _instruction)
    addressed(
        "work_id",
        CounterWork.id,
        lambda scope: _seen(scope, CounterWork.declaration_id, by="declaration_id"),
    )
    addressed("lookout_id", UrgentLookout.id, lambda scope: scope.works_for(UrgentLookout.purpose))
    addressed("list_key", Watchlist.key, lambda scope: scope.works_for(Watchlist.purpose), str)
    addressed("proposal_id", WatchlistProposal.id, lambda s: _listed(s, WatchlistProposal))
    addressed("pair_id", KnownNotMatch.id, lambda s: _listed(s, KnownNotMatch))
    addressed("unmasking_id", Unmasking.id, _unmasking)
    addressed("hold_id", LegalHold.id, _held)
    addressed("backtest_id", Backtest.id, lambda scope: scope.works_for(Backtest.purpose))
    addressed("key", Rule.key, _rule, str, under="/rules/")


def _listed(scope: Scope, table: Any) -> _Clause:
    """Whether the list that something belongs to is of a purpose in scope."""
    lists = Watchlist.__table__.alias()
    of_list = sa.exists().where(lists.c.id == table.watchlist_id, scope.works_for(lists.c.purpose))
    return of_list.correlate_except(lists)


def _rule(scope: Scope) -> _Clause:
    """Whether a rule has a version of a purpose in scope; the others are not shown with it."""
    versions = RuleVersion.__table__.alias()
    has_one = sa.exists().where(versions.c.rule_id == Rule.id, scope.works_for(versions.c.purpose))
    return has_one.correlate_except(versions)


def _of_hit(scope: Scope) -> _Clause:
    return _seen(scope, Hit.passenger_id, by="passenger_id")


def _hit(scope: Scope) -> _Clause:
    return sa.and_(scope.works_for(Hit.purpose), _of_hit(scope))


def _unmasking(scope: Scope) -> _Clause:
    return _seen(scope, Unmasking.passenger_id, by="passenger_id")


def _held(scope: Scope) -> _Clause:
    """Whether a hold is on somebody or a case in scope; flights are the airport's."""
    whom = _seen(scope, LegalHold.subject_id, by="passenger_id")
    return sa.or_(
        LegalHold.kind == HoldKind.FLIGHT,
        sa.and_(LegalHold.kind == HoldKind.PASSENGER, whom),
        sa.and_(LegalHold.kind == HoldKind.CASE, _referred(scope, LegalHold.subject_id)),
    )


def _instruction(scope: Scope) -> _Clause:
    looks = SecondLook.__table__.alias()
    at = sa.exists().where(looks.c.id == Instruction.look_id, _referred(scope, looks.c.referral_id))
    return at.correlate_except(looks)
