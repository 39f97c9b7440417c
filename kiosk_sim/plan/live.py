"""The live mode: the same arrivals drive the real service through the agents' own readers, at many times speed.

People step, lay and wait by the clock of the plan; what devices do is done for real, and takes in the plan what it
really took. A party has one code; at the lane each shows the passport. What becomes of a party the service says: it declared, was listed or came without a chip as the plan has
drawn it. Faces are not compared (nobody stands there); the plan's own time for them is added.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import simpy
from simpy.rt import RealtimeEnvironment

from app.formats.barcode import PictureError, Reader
from kiosk_sim.chip import ChipReading
from kiosk_sim.client import Refused, Service, ServiceUnavailable
from kiosk_sim.plan.cast import Cast, Family, Site, companions, declared
from kiosk_sim.plan.model import Day, Flow, Said, Staffing, Work, simulate
from kiosk_sim.plan.people import Party
from kiosk_sim.turn import Turn, strictest
from kiosk_sim.walk import PENDING
from kiosk_sim.world import NOTHING, Officer

WAIT_SECONDS = 2.0
EXAMINATION_DUE = "examination-due"


@dataclass(slots=True)
class Clock:
    """What devices really took, in seconds, by what they did."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.times[what].append(time.perf_counter() - began)


@dataclass(slots=True)
class Answered:
    """What a device said, and the seconds that it took."""

    said: Said
    seconds: float


class Live:
    """Devices that are the service's own (:class:`kiosk_sim.plan.model.Devices`)."""

    def __init__(self, site: Site, families: Mapping[str, Family], staffing: Staffing) -> None:
        self._site, self._families, self._steps = site, families, staffing.steps
        self._pool = ThreadPoolExecutor(staffing.kiosks + staffing.lanes + staffing.officers)
        self.clock = Clock()
        self.faults: Counter[str] = Counter()
        self.paused = 0.0

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def kiosk(self, env: simpy.Environment, party: Party) -> Flow:
        """The session's calls run while its people lay, look and show."""
        call = self._pool.submit(self._timed, self._at_kiosk, party)
        yield env.timeout(party.kiosk + party.face)
        return (yield from self._answer(env, call))

    def gate(self, env: simpy.Environment, party: Party) -> Flow:
        return (yield from self.kiosk(env, party))

    def lane(self, env: simpy.Environment, party: Party, *, looked_at: bool) -> Flow:
        del looked_at
        call = self._pool.submit(self._timed, self._at_lane, party)
        yield env.timeout(party.lane - (party.passage - party.doors))
        said = yield from self._answer(env, call)
        if said is Said.GO_ON:
            yield env.timeout(party.passage)
        return said

    def passage(self, env: simpy.Environment, party: Party) -> Flow:
        call = self._pool.submit(self._timed, self._through_gate, party)
        yield env.timeout(party.passage)
        return (yield from self._answer(env, call))

    def officer(self, env: simpy.Environment, party: Party, work: Work) -> Flow:
        yield env.timeout(party.glance if work is Work.GLANCE else party.officer)
        if work is Work.COUNTER:
            return Said.GO_ON
        return (
            yield from self._answer(
                env, self._pool.submit(self._timed, self._by_officer, party, work)
            )
        )

    def _answer(self, env: simpy.Environment, call: "Future[Answered]") -> Flow:
        """What it took passes in the plan, too; while it is not there the plan's clock stands still, for at many times
        speed a tenth of a second of the service would else be many seconds of the hall.
        """
        began = time.perf_counter()
        answered = call.result()
        pause = time.perf_counter() - began
        self.paused += pause
        if isinstance(env, RealtimeEnvironment):
            env.real_start += pause
        yield env.timeout(answered.seconds)
        return answered.said

    def _timed(self, do: Callable[..., Said], party: Party, *more: Any) -> Answered:
        """Whatever fails leads to an officer, as the agents do it, and is counted."""
        began = time.perf_counter()
        try:
            said = do(party, *more)
        except (Refused, ServiceUnavailable) as error:
            self.faults[error.code if isinstance(error, Refused) else type(error).__name__] += 1
            said = Said.INSPECT
        return Answered(said, time.perf_counter() - began)

    # --- each call, in a thread of its own --------------------------------------------------------

    def _at_kiosk(self, party: Party) -> Said:
        family = self._families[party.key]
        service = self._site.device("kiosk", self._steps, party.key)
        code = self._code(family)
        answers = []
        for member in family.members:
            with self.clock.of("chip"):
                reading = self._site.chips.read(member.document)
            if code is None and member is family.members[0]:
                self._declare_here(service, family)
            answers.append(self._present(service, code, Turn(member.document.mrz, reading)))
        return self._said(family, answers, ("registered", "cleared"))

    def _code(self, family: Family) -> str | None:
        if family.picture is None:
            return None
        try:
            with self.clock.of("code"):
                return self._site.reader.read(family.picture)
        except PictureError:
            self.faults["code-unreadable"] += 1
            return None

    def _declare_here(self, service: Service, family: Family) -> None:
        said = declared(family)
        with self.clock.of("declaration"):
            service.declare({
                "mrz": family.members[0].document.mrz, "questionnaire": "jp-c5360-2024", "language": "en",
                "flight": family.sector.journey["flight"], "purpose": "tourism",
                "answers": said.get("answers", NOTHING), "goods": said.get("goods", []),
                "companions": companions(family),
                "certified": True,
            })  # fmt: skip

    def _present(self, service: Service, code: str | None, turn: Turn) -> dict[str, Any]:
        with self.clock.of("decision"):
            found = service.present(credential=code, mrz=turn.mrz, readings=turn.readings())
        while found["answer"] == "wait":
            with self.clock.of("wait"):
                found = service.await_decision(found["id"], WAIT_SECONDS)
        return found

    def _at_lane(self, party: Party) -> Said:
        """Each lays the passport on the reader; the door opens for all or for none."""
        family = self._families[party.key]
        service = self._site.device("lane", self._steps, party.key)
        answers = [
            self._present(service, None, Turn(member.document.mrz, ChipReading()))
            for member in family.members
        ]
        said = self._said(family, answers, ("cleared",))
        if said is Said.GO_ON:
            self._pass(service, family)
        return said

    def _through_gate(self, party: Party) -> Said:
        family = self._families[party.key]
        service = self._site.device("kiosk", self._steps, party.key)
        for presentation in family.presented:
            with self.clock.of("wait"):
                service.await_decision(presentation, 0)
        self._pass(service, family)
        return Said.GO_ON

    def _pass(self, service: Service, family: Family) -> None:
        first, *others = family.presented
        with self.clock.of("passage"):
            service.pass_through(first, others)

    def _said(
        self, family: Family, answers: Sequence[Mapping[str, Any]], good: Sequence[str]
    ) -> Said:
        """The strictest holds for all; where to, the queue knows in which the service has put them."""
        family.presented = [found["id"] for found in answers]
        worst = strictest(answers)["answer"]
        if worst in good:
            return Said.GO_ON
        if worst in PENDING:
            return Said.INSPECT
        kinds = {referral["kind"] for referral in self._referrals(family)}
        if kinds == {"identity"}:
            return Said.LOOK
        return Said.GOODS if kinds and kinds <= {"identity", "goods"} else Said.INSPECT

    def _referrals(self, family: Family) -> list[dict[str, Any]]:
        with self.clock.of("queue"):
            found = self._site.officers["gate"].referrals()
        return [one for one in found if one["presentation_id"] in family.presented]

    def _by_officer(self, party: Party, work: Work) -> Said:
        officer = self._site.officers["gate"]
        if work is Work.GLANCE and not party.released:
            return Said.INSPECT
        for referral in self._referrals(self._families[party.key]):
            with self.clock.of("officer"):
                if work not in (Work.LOOK, Work.GLANCE):
                    officer.inspect(referral)
                    officer.close_with_nothing(referral)
                elif not _released(officer, referral):
                    return Said.INSPECT
        return Said.GO_ON


def _released(officer: Officer, referral: Mapping[str, Any]) -> bool:
    """Whether the officer could let go: nobody but a supervisor leaves out a full examination."""
    try:
        officer.release(referral)
    except Refused as error:
        if error.code != EXAMINATION_DUE:
            raise
        return False
    return True


@dataclass(frozen=True, slots=True)
class Outcome:
    """A day at the real service: what happened, what devices took, what failed, by code, and for how many real seconds
    the plan's clock stood still.
    """

    day: Day
    seconds: Mapping[str, Sequence[float]]
    faults: Mapping[str, int]
    paused: float


def drive(
    given: Mapping[str, Any], server: str, people: Sequence[Party], staffing: Staffing, seed: int, speed: float
) -> Outcome:  # fmt: skip
    """Bring everybody to the service and let them walk. Raises TimeoutError, Refused, ServiceUnavailable."""
    with Reader() as reader:
        site = Site(given, server, reader)
        try:
            families = Cast(site, seed).bring(people)
            warm_up(reader, families.values())
            live = Live(site, families, staffing)
            start = min((party.comes for party in people), default=0.0)
            env = RealtimeEnvironment(start, 1 / speed, strict=False)
            try:
                day = simulate(people, staffing, live, env)
            finally:
                live.close()
            return Outcome(day, dict(live.clock.times), dict(live.faults), live.paused)
        finally:
            site.close()


def warm_up(reader: Reader, families: Iterable[Family]) -> None:
    """Let the reader's process start before the first traveller comes, as that of a kiosk has."""
    for family in families:
        if family.picture is not None:
            with suppress(PictureError):
                reader.read(family.picture)
            return
