"""Places by the names that people use for them: a terminal, a hall, a lane, a counter of a hall."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.gate.case import read_policy
from app.gate.halls import list_halls
from app.gate.models import Hall
from app.identity.grants import EVERYWHERE, Place
from app.identity.models import Device, PlaceKind
from app.kernel.errors import FieldProblem, InvalidError
from app.kernel.texts import N_


class PlaceUnknownError(InvalidError):
    """The site has no such place."""

    code, status, title = "place-unknown", 422, N_("There is no such place here")

    def __init__(self) -> None:
        super().__init__(fields=[FieldProblem("/place", "unknown")])


@dataclass(frozen=True, slots=True)
class Named:
    """A place as it is chosen: ``written`` is its one name, ``terminal:T1``, ``hall:Hall A``, ``counter:Hall A/B``."""

    place: Place
    written: str


def places_of(session: Session, site: str) -> Sequence[Named]:
    """Every place of a site: the site itself (written ``''``), terminals, halls with their counters, lanes and kiosks."""
    halls = list_halls(session, site)
    terminals = sorted({hall.terminal for hall in halls if hall.terminal})
    devices = session.execute(
        sa.select(Device.id, Device.name)
        .join(Hall, Hall.id == Device.hall_id)
        .where(Hall.site == site, Device.disabled_at.is_(None))
        .order_by(Device.name)
    ).all()
    return [
        Named(EVERYWHERE, ""),
        *(Named(Place(PlaceKind.TERMINAL, one), f"terminal:{one}") for one in terminals),
        *(Named(Place(PlaceKind.HALL, str(hall.id)), f"hall:{hall.name}") for hall in halls),
        *(
            Named(Place(PlaceKind.COUNTER, f"{hall.id}/{one}"), f"counter:{hall.name}/{one}")
            for hall in halls
            for one in sorted(set(read_policy(hall.policy).counters.values()))
        ),
        *(Named(Place(PlaceKind.LANE, str(one)), f"lane:{name}") for one, name in devices),
    ]


def find_place(session: Session, site: str, written: str) -> Place:
    """The place of this name. Raises :class:`PlaceUnknownError`."""
    for one in places_of(session, site):
        if one.written == written.strip():
            return one.place
    raise PlaceUnknownError
