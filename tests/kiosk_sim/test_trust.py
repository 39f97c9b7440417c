"""A kiosk and its trust list: fetched, verified, kept; a code judged while the line is down."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from app.formats import mrz
from app.formats.credential import (
    CredentialError,
    binding,
    encrypt_declaration,
    point,
    seal_receipt,
)
from app.formats.credential.trust_list import NEVER_AGAIN
from kiosk_sim import agent, counter_routes
from kiosk_sim import client as client_module
from kiosk_sim.agent import create_agent
from kiosk_sim.client import Credentials, Service, TrustStale
from kiosk_sim.counter import Checked, Counter, Verdict
from kiosk_sim.program import Tray
from kiosk_sim.session import State
from kiosk_sim.shown import Fault
from kiosk_sim.trust import REFRESH_SECONDS, Seen, TrustStore
from tests.formats.credentials import (
    AUTHORITY,
    CTI,
    ENCRYPTION,
    EXP,
    IAT,
    NOW,
    RECEIPT,
    STRANGER,
    forge,
)
from tests.formats.test_trust_list import DAY, ROOT, certificate, sealed
from tests.kiosk_sim.fakes import CREDENTIALS, FakeService
from tests.kiosk_sim.test_client import written
from tests.kiosk_sim.test_device import play

HOLDER = mrz.Holder(
    surname="LINDQVIST", given="ASTRID MAJ", number="SX4471209", issuer="SWE", nationality="SWE",
    birth=date(1991, 6, 8), sex="F", expiry=date(2031, 1, 1),
)  # fmt: skip
PASSPORT = "\n".join(mrz.build(HOLDER))
OTHERS = "\n".join(mrz.build(replace(HOLDER, number="SX0000001")))
MINE = RECEIPT.binding
THEIRS = binding(CTI, "SX0000001", "SWE", 19910608)
CODE = seal_receipt(RECEIPT, cti=CTI, iat=IAT, exp=EXP, key=AUTHORITY)


def sound(**changes) -> bytes:
    """A list on which the declaration of these tests stands."""
    return sealed(**{"denied": [], **changes})


def store(data: bytes | None = None, path: Path | None = None) -> TrustStore:
    made = TrustStore(ROOT.public_key(), path)
    if data:
        made.take(data, NOW)
    return made


class TestTheStore:
    def test_a_list_is_held_while_it_is_young(self) -> None:
        held = store(sound())
        assert held.current(NOW + DAY - 1) is not None
        assert held.current(NOW + DAY) is None
        assert store().current(NOW) is None

    def test_a_newer_list_is_asked_for_in_time(self) -> None:
        held = store(sound())
        asked = [held.is_due(NOW + s) for s in (0, REFRESH_SECONDS - 1, REFRESH_SECONDS, DAY)]
        assert asked == [False, False, True, True]
        assert store().is_due(NOW)

    def test_an_older_list_does_not_take_its_place(self, tmp_path: Path) -> None:
        """Somebody replays the list from before a declaration was withdrawn."""
        path = tmp_path / "list"
        held = store(sound(iat=NOW, denied=[(CTI, NEVER_AGAIN)]), path)
        held.take(sound(iat=NOW - 3600), NOW)
        now = held.current(NOW)
        assert now is not None
        assert now.refusal(CTI, 9) == "withdrawn"
        again = store(path=path)
        again.load(NOW)
        assert again.current(NOW) == now

    def test_what_does_not_verify_changes_nothing(self) -> None:
        held = store(sound())
        with pytest.raises(CredentialError):
            held.take(sound(key=STRANGER, iat=NOW + 60), NOW)
        assert held.current(NOW) is not None

    @pytest.mark.parametrize("kept", [b"", b"half a li", None])
    def test_a_damaged_file_is_no_list(self, tmp_path: Path, kept: bytes | None) -> None:
        path = tmp_path / "list"
        if kept is not None:
            path.write_bytes(kept)
        held = store(path=path)
        held.load(NOW)
        assert held.current(NOW) is None

    def test_a_kept_list_is_over_in_its_time(self, tmp_path: Path) -> None:
        store(sound(), tmp_path / "list")
        late = store(path=tmp_path / "list")
        late.load(NOW + DAY)
        assert late.current(NOW + DAY) is None


class TestSeen:
    def test_a_use_is_noted_once_and_outlives_a_restart(self, tmp_path: Path) -> None:
        seen = Seen(tmp_path / "seen")
        assert seen.add(CTI, MINE, EXP)
        assert not seen.add(CTI, MINE, EXP)
        assert seen.add(CTI, THEIRS, EXP), "another person of the same declaration"
        with (tmp_path / "seen").open("a") as file:
            file.write("cut by a cra")
        again = Seen(tmp_path / "seen")
        again.load(NOW)
        assert again.has(CTI, MINE)
        assert again.has(CTI, THEIRS)
        assert not again.has(CTI, bytes(16))
        later = Seen(tmp_path / "seen")
        later.load(EXP)
        assert not later.has(CTI, MINE), "the code itself is over"

    def test_a_disk_that_takes_nothing_stops_nobody(self, tmp_path: Path) -> None:
        nowhere = tmp_path / "absent" / "file"
        held, seen = store(sound(), nowhere), Seen(nowhere)
        assert held.current(NOW) is not None
        assert seen.add(CTI, MINE, EXP)
        assert not seen.add(CTI, MINE, EXP)


class TestTheCounter:
    def test_a_receipt_stands_and_looking_changes_nothing(self) -> None:
        counter = Counter(store(sound()), Seen())
        for _ in range(3):
            assert counter.check(CODE + "\n", PASSPORT, NOW) == Checked(Verdict.STANDS, "", 1, 4, 3)

    def test_who_was_let_through_does_not_come_again(self) -> None:
        counter = Counter(store(sound()), Seen())
        assert counter.check(CODE, PASSPORT, NOW, let_through=True).verdict is Verdict.STANDS
        for wish in (True, False):
            found = counter.check(CODE, PASSPORT, NOW, let_through=wish)
            assert (found.verdict, found.reason) == (Verdict.REFUSED, "already_used")

    def test_another_receipt_of_the_same_declaration_does_not_help(self) -> None:
        """The number is remembered, never the text."""
        counter = Counter(store(sound()), Seen())
        counter.check(CODE, PASSPORT, NOW, let_through=True)
        amended = seal_receipt(replace(RECEIPT, seq=3), cti=CTI, iat=IAT, exp=EXP, key=AUTHORITY)
        assert counter.check(amended, PASSPORT, NOW).reason == "already_used"

    def test_a_companion_with_a_receipt_of_their_own_passes_once_as_well(self) -> None:
        """One number, two bindings: a use by one is none by the other, also after an amendment."""
        counter = Counter(store(sound()), Seen())
        own, amended = (
            seal_receipt(
                replace(RECEIPT, binding=THEIRS, seq=seq), cti=CTI, iat=IAT, exp=EXP, key=AUTHORITY
            )
            for seq in (RECEIPT.seq, RECEIPT.seq + 1)
        )
        assert counter.check(CODE, PASSPORT, NOW, let_through=True).verdict is Verdict.STANDS
        assert counter.check(own, PASSPORT, NOW).reason == "already_used", "the passport has been"
        assert counter.check(own, OTHERS, NOW, let_through=True).verdict is Verdict.STANDS
        assert counter.check(amended, OTHERS, NOW, let_through=True).reason == "already_used"

    def test_a_companion_of_another_state_is_known_by_the_own_receipt(self) -> None:
        """It was bound under the traveller's issuer: a form asks for no other."""
        thai = "\n".join(mrz.build(replace(HOLDER, number="SX0000001", issuer="THA")))
        own = seal_receipt(
            replace(RECEIPT, binding=THEIRS), cti=CTI, iat=IAT, exp=EXP, key=AUTHORITY
        )
        counter = Counter(store(sound()), Seen())
        assert counter.check(own, thai, NOW, let_through=True).verdict is Verdict.STANDS
        assert counter.check(own, thai, NOW).reason == "already_used"
        alone = seal_receipt(
            replace(RECEIPT, binding=THEIRS, party_size=1), cti=CTI, iat=IAT, exp=EXP, key=AUTHORITY
        )
        assert Counter(store(sound()), Seen()).check(alone, thai, NOW).reason == "document_mismatch"

    def test_uses_are_counted_by_person_up_to_the_size_of_the_party(self) -> None:
        """Whoever the officer takes to be of the party counts, whichever receipt of it is shown, and each once."""
        pair = replace(RECEIPT, party_size=2)
        hers, own = (
            seal_receipt(replace(pair, binding=bound), cti=CTI, iat=IAT, exp=EXP, key=AUTHORITY)
            for bound in (MINE, THEIRS)
        )
        infant = "\n".join(mrz.build(replace(HOLDER, number="SX0000002")))
        counter = Counter(store(sound()), Seen())
        looked = counter.check(hers, OTHERS, NOW)
        assert (looked.verdict, looked.reason, looked.used) == (Verdict.OFFICER, "party", 0)
        assert counter.check(hers, OTHERS, NOW, let_through=True).used == 1
        assert counter.check(own, OTHERS, NOW).reason == "already_used"
        assert counter.check(hers, PASSPORT, NOW, let_through=True).used == 2
        third = counter.check(hers, infant, NOW, let_through=True)
        assert (third.verdict, third.reason, third.used) == (Verdict.REFUSED, "party_used", 2)

    def test_an_expired_or_unsound_passport_is_the_officers(self) -> None:
        counter = Counter(store(sound()), Seen())
        expired = "\n".join(mrz.build(replace(HOLDER, expiry=date(2020, 1, 1))))
        assert counter.check(CODE, expired, NOW).reason == "document-expired"
        slip = PASSPORT.replace("SX4471209", "SX4471208")
        assert counter.check(CODE, slip, NOW).reason == "passport-unreadable"

    @pytest.mark.parametrize(
        ("listed", "code", "passport", "verdict", "reason"),
        [
            ({"denied": [(CTI, 3)]}, CODE, PASSPORT, Verdict.REFUSED, "superseded"),
            ({"denied": [(CTI, NEVER_AGAIN)]}, CODE, PASSPORT, Verdict.REFUSED, "withdrawn"),
            ({"certificates": [certificate(STRANGER)]}, CODE, PASSPORT, Verdict.REFUSED, "key_unknown"),
            ({}, CODE, OTHERS, Verdict.OFFICER, "party"),
            ({}, seal_receipt(replace(RECEIPT, party_size=1), cti=CTI, iat=IAT, exp=EXP, key=AUTHORITY),
             OTHERS, Verdict.REFUSED, "document_mismatch"),
            ({}, CODE, "no passport", Verdict.OFFICER, "passport-unreadable"),
            ({}, CODE[:-2], PASSPORT, Verdict.REFUSED, "cbor_invalid"),
            ({}, forge("EGD1"), PASSPORT, Verdict.REFUSED, "prefix_unknown"),
            ({}, "x" * 2000, PASSPORT, Verdict.REFUSED, "too_large"),
            ({}, "somebody's lunch", PASSPORT, Verdict.REFUSED, "prefix_unknown"),
            ({}, encrypt_declaration(forge("EGD1"), ENCRYPTION.public_key()), PASSPORT,
             Verdict.OFFICER, "sealed"),
            ({}, seal_receipt(replace(RECEIPT, lane=2), cti=CTI, iat=IAT, exp=EXP, key=AUTHORITY),
             PASSPORT, Verdict.OFFICER, "declared-other"),
        ],
        ids=["amended", "withdrawn", "another-key", "of-the-party", "another-passport", "no-passport", "cut", "plain", "long",
             "lunch", "sealed", "officers-lane"],
    )  # fmt: skip
    def test_what_the_officer_is_told(
        self, listed, code: str, passport: str, verdict: Verdict, reason: str
    ) -> None:
        found = Counter(store(sound(**listed)), Seen()).check(code, passport, NOW, let_through=True)
        assert (found.verdict, found.reason) == (verdict, reason)

    @pytest.mark.parametrize("held", [None, store(), store(sound())])
    def test_without_a_list_of_today_everybody_is_the_officers(self, held) -> None:
        for code in (CODE, "somebody's lunch"):
            found = Counter(held, Seen()).check(code, PASSPORT, NOW + DAY)
            assert found == Checked(Verdict.OFFICER, "trust-stale")

    def test_an_expired_receipt(self) -> None:
        late = store()
        late.take(sound(iat=EXP, next_update=EXP + DAY), EXP)
        assert Counter(late, Seen()).check(CODE, PASSPORT, EXP).reason == "expired"


class Line:
    """The way to the service; ``list`` is what it gives at /trust, None = there is none."""

    def __init__(self) -> None:
        self.list: bytes | None = None
        self.is_up = True
        self.asked = 0

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        if not self.is_up:
            raise httpx2.ConnectError("down")
        if request.url.path == "/api/v1/token":
            return httpx2.Response(200, json={"access_token": "T", "expires_in": 600})
        if request.url.path != "/api/v1/trust":
            return httpx2.Response(200, json={"ready": True})
        assert request.headers["accept"] == "application/cose"
        self.asked += 1
        return httpx2.Response(200 if self.list else 404, content=self.list or b"{}")


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """``at(moment)`` sets the clock of the kiosk."""

    class Clock:
        monotonic, sleep = client_module.time.monotonic, client_module.time.sleep
        now = NOW

        @classmethod
        def time(cls) -> float:
            return cls.now

    monkeypatch.setattr(client_module, "time", Clock)
    monkeypatch.setattr(counter_routes, "time", Clock)
    return lambda moment: setattr(Clock, "now", moment)


def service(line: Line, trust: TrustStore | None) -> Service:
    made = Service("http://127.0.0.1:9", CREDENTIALS, trust)
    made._http.close()
    made._http = httpx2.Client(
        base_url="http://service", transport=httpx2.MockTransport(line.answer)
    )
    return made


class TestTheDevice:
    def test_it_fetches_every_five_minutes(self, line: Line, at: Callable[[int], None]) -> None:
        line.list, held = sound(), store()
        probed = service(line, held)
        for moment in (0, 5, 295):
            at(NOW + moment)
            probed.probe()
        assert line.asked == 1
        at(NOW + REFRESH_SECONDS)
        line.list = sound(iat=NOW + REFRESH_SECONDS, next_update=NOW + 2 * DAY)
        probed.probe()
        assert line.asked == 2
        now = held.current(NOW + DAY + 1)
        assert now is not None

    def test_a_list_that_cannot_be_had_leaves_the_one_that_is_held(
        self, line: Line, at: Callable[[int], None]
    ) -> None:
        line.list = sound()
        probed = service(line, store())
        probed.probe()
        for broken in (None, b"x", sound(key=STRANGER)):
            line.list = broken
            at(NOW + DAY - 1)
            probed.probe()
        at(NOW + DAY)
        with pytest.raises(TrustStale):
            probed.probe()

    def test_a_device_without_a_root_asks_for_none(self, line: Line) -> None:
        service(line, None).probe()
        assert line.asked == 0

    def test_it_goes_out_of_service_for_want_of_a_list_and_comes_back(self) -> None:
        fake = FakeService()

        async def scene(device) -> None:
            fake.trouble = TrustStale()
            await device.probe()
            assert (device.state, device.fault) == (State.OUT_OF_SERVICE, Fault.TRUST_STALE)
            fake.trouble = None
            await device.probe()

        device, _ = play(scene, fake)
        assert (device.state, device.fault) == (State.WELCOME, None)

    def test_the_counter_works_on_while_the_line_is_down(
        self, line: Line, at: Callable[[int], None]
    ) -> None:
        line.list = sound()
        program = create_agent([service(line, store())], Tray(None), ["testserver"])
        with TestClient(program) as client:
            line.is_up = False
            shown = {"code": CODE, "passport": PASSPORT}
            answer = client.post("/kiosk-1/check", json=shown)
            assert answer.json() == {
                "verdict": "stands", "reason": "", "lane": 1, "party": 4, "goods": 3, "used": 0,
            }  # fmt: skip
            client.post("/kiosk-1/check", json=shown | {"let_through": True})
            assert client.post("/kiosk-1/check", json=shown).json()["reason"] == "already_used"
            at(NOW + DAY)
            assert client.post("/kiosk-1/check", json=shown).json()["reason"] == "trust-stale"
            assert client.post("/nobody/check", json=shown).status_code == 404


def test_the_root_comes_with_the_credentials(tmp_path: Path) -> None:
    root = point(ROOT.public_key())
    assert Credentials.load(written(tmp_path / "key.json", root=root.hex())).root == root
    made = agent._service("http://127.0.0.1:9", tmp_path / "key.json")
    assert made.trust is not None
    made.close()
    for wrong in ("02" + "ff" * 32, "zz", "02"):
        with pytest.raises(ValueError):
            Credentials.load(written(tmp_path / "key.json", root=wrong))
