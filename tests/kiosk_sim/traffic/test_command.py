"""``egate traffic``: files in order with truth and manifest; sent to a service at its speed."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import main
from kiosk_sim.client import Refused, ServiceUnavailable
from kiosk_sim.traffic import command
from kiosk_sim.traffic.command import Post, Totals, TrafficError, read_tokens, run
from kiosk_sim.traffic.schedule import Plan
from tests.kiosk_sim.traffic.test_day import DAY

SMALL = Plan(3, DAY, seed=2, dirt=0.3, seats=(10, 16))
WORDS = ["traffic", "--flights", "3", "--day", "2027-03-01", "--seed", "2", "--dirt", "0.3",
         "--seats", "10", "16"]  # fmt: skip


def test_a_day_is_written_as_files_in_order_with_its_truth(tmp_path: Path, capsys) -> None:
    out = tmp_path / "day"
    assert main([*WORDS, "--out", str(out)]) == 0
    said = json.loads(capsys.readouterr().out)
    names = sorted(one.name for one in (out / "messages").iterdir())
    assert len(names) == said["transmissions"]
    assert [int(name[:6]) for name in names] == list(range(1, len(names) + 1))
    lines = [json.loads(line) for line in (out / "truth.jsonl").read_text().splitlines()]
    messages = [line for line in lines if line["kind"] == "message"]
    assert [line["file"] for line in messages if line["file"]] == names
    assert [line["at"] for line in messages] == sorted(line["at"] for line in messages)
    assert sum(line["kind"] == "flight" for line in lines) == 3
    everybody = {line["key"] for line in lines if line["kind"] == "person"}
    assert {key for line in messages for key in line["people"]} <= everybody
    assert all((out / "messages" / line["file"]).stat().st_size == line["bytes"]
               for line in messages if line["file"])  # fmt: skip


def test_the_manifest_names_the_senders_and_counts_the_dirt(tmp_path: Path) -> None:
    totals = run(SMALL, tmp_path / "day", None)
    manifest = json.loads((tmp_path / "day" / "manifest.json").read_text())
    assert manifest["plan"]["seed"] == 2
    assert manifest["senders"]["gds-pnr"] == ["QQ", "X0", "ZZ"]
    assert manifest["dirt"] == {str(kind): n for kind, n in sorted(totals.dirt.items())}
    assert totals.dirt


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        run(SMALL, tmp_path / name, None)
    one, two = (
        {path.relative_to(tmp_path / name): path.read_bytes()
         for path in (tmp_path / name).rglob("*") if path.is_file()}
        for name in ("one", "two")
    )  # fmt: skip
    assert one == two


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path, capsys) -> None:
    (tmp_path / "mine").write_text("x")
    assert main([*WORDS, "--out", str(tmp_path)]) == 2
    assert "not an empty folder" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--out or --send"),
        (["--send", "http://127.0.0.1:1"], "go together"),
        (["--out", "/nowhere/x", "--dirt", "2"], "shares"),
        (["--out", "/nowhere/x", "--site", "QQQQ"], "no airport"),
        (["--out", "/nowhere/x", "--carrier", "AB"], "no such carrier"),
    ],
)
def test_wrong_use_is_said_in_a_line(words: list[str], said: str, capsys) -> None:
    assert main(["traffic", *words]) == 2
    assert said in capsys.readouterr().err


# --- sending --------------------------------------------------------------------------------------


class FakeAirline:
    """A service that remembers who sent what under which key, and fails as told."""

    def __init__(self, server: str, token: str) -> None:
        self.token = token
        self.closed = False
        self.got: list[tuple[bytes, str | None]] = []
        self.fail: Callable[[int], Exception | None] = lambda count: None
        made.append(self)

    def send(self, data: bytes, key: str | None = None) -> str:
        self.got.append((data, key))
        if error := self.fail(len(self.got)):
            raise error
        return "id"

    def close(self) -> None:
        self.closed = True


made: list[FakeAirline] = []


@pytest.fixture
def airlines(monkeypatch: pytest.MonkeyPatch) -> list[FakeAirline]:
    made.clear()
    monkeypatch.setattr(command, "Airline", FakeAirline)
    return made


def post(speed: float, slept: list[float], totals: Totals | None = None) -> Post:
    tokens = {name: f"token-{name}" for name in command.senders()}
    return Post("http://127.0.0.1:1", tokens, speed, totals or Totals(), sleep=slept.append)


def test_each_connection_sends_what_is_its_own_and_what_is_lost_never_comes(airlines) -> None:
    totals = run(SMALL, None, post(0, []))
    got = {one.token: one.got for one in airlines}
    assert sum(map(len, got.values())) == totals.transmissions
    assert all(one.closed for one in airlines)
    for one in airlines:
        assert len({key for _, key in one.got}) == len(one.got)
    carriers = {token: b"".join(data for data, _ in sent) for token, sent in got.items()}
    assert b"X00" not in carriers["token-xx-direct"]


def test_the_speed_shortens_the_day(airlines) -> None:
    slept: list[float] = []
    run(SMALL, None, post(3600, slept))
    # Nothing really sleeps: each pause is counted from the start, and the last is that of the whole.
    assert max(slept) > 72
    assert max(slept) < 200
    assert slept == sorted(slept)


def test_a_service_that_is_away_is_tried_again_under_the_same_key(airlines) -> None:
    slept: list[float] = []
    sink = post(0, slept)
    for one in airlines:
        one.fail = lambda count: ServiceUnavailable() if count in (1, 2) else None
    run(Plan(1, DAY, seed=2, seats=(10, 16)), None, sink)
    used = [one for one in airlines if one.got]
    for one in used:
        assert one.got[0] == one.got[1] == one.got[2] != one.got[3]
    assert slept[:2] == [0.5, 1.0]


def test_a_service_that_stays_away_ends_it(airlines) -> None:
    sink = post(0, [])
    for one in airlines:
        one.fail = lambda count: ServiceUnavailable()
    with pytest.raises(ServiceUnavailable):
        run(SMALL, None, sink)
    assert all(one.closed for one in airlines)


def test_refusals_are_counted_and_a_wrong_token_is_named_without_the_token(airlines) -> None:
    totals = Totals()
    sink = post(0, [], totals)
    for one in airlines:
        one.fail = lambda count: Refused(413, "message-too-large") if count == 1 else None
    run(SMALL, None, sink, totals)
    assert totals.refused["message-too-large"] >= 1
    sink = post(0, [])
    for one in airlines:
        one.fail = lambda count: Refused(401, "unauthenticated")
    with pytest.raises(TrafficError, match="does not know the sender") as caught:
        run(SMALL, None, sink)
    assert "token-" not in str(caught.value)


def test_tokens_come_from_one_line_or_by_sender(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text("s3cret\n")
    assert set(read_tokens(path, SMALL).values()) == {"s3cret"}
    path.write_text(json.dumps(dict.fromkeys(command.senders(), "t") | {"other": "u"}))
    assert read_tokens(path, SMALL) == dict.fromkeys(command.senders(), "t")
    path.write_text(json.dumps({"gds-pnr": "t"}))
    with pytest.raises(TrafficError, match="no token for 0q-direct, host-north"):
        read_tokens(path, SMALL)
    path.write_text("{s3cret")
    with pytest.raises(TrafficError) as caught:
        read_tokens(path, SMALL)
    assert "s3cret" not in str(caught.value)


def test_no_token_is_printed(airlines, tmp_path: Path, capsys) -> None:
    path = tmp_path / "tokens"
    path.write_text("s3cret-token")
    words = [*WORDS, "--send", "http://127.0.0.1:1", "--sender-token-file", str(path)]
    assert main(words) == 0
    said = capsys.readouterr()
    assert not re.search("s3cret", said.out + said.err)
    assert json.loads(said.out)["transmissions"] == sum(len(one.got) for one in airlines)
