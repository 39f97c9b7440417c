"""The watched folder: what a carrier's transfer program drops, and what becomes of it."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256

import pytest
import sqlalchemy as sa

from app.formats.edifact import interchanges
from app.kernel.errors import UnavailableError
from app.messages import receive
from app.messages.models import Message
from app.messages.receive import MAX_BODY
from app.messages.sources.arrivals import Arrivals
from app.messages.sources.boxes import Box
from app.messages.sources.source import Pump
from tests.messages.airline import api, booking, person, push, traveller
from tests.messages.sources.conftest import SENDER, Watched, answered

LUNCH = b"somebody's lunch"
EMPTY: dict[str, list[str]] = {"in": [], "working": [], "processed": [], "rejected": []}


def messages(watched: Watched) -> list[Message]:
    found: list[Message] = watched.post.all(sa.select(Message).order_by(Message.id))
    return found


def test_a_file_that_was_applied_goes_to_processed_with_its_report(watched: Watched) -> None:
    watched.drop(api(person()).replace(b"DTM+329:840506", b"DTM+329:999999"))
    watched.through()
    assert watched.everything() == EMPTY | {"processed": ["list.edi", "list.edi.json"]}
    [message], report = messages(watched), watched.report("processed")
    assert (report["id"], report["status"], report["file"]) == (
        str(message.id), "applied", "list.edi",
    )  # fmt: skip
    [summary] = report["messages"]
    assert (summary["type"], summary["flight"], summary["people"]) == ("PAXLST", "ZZ1", 1)
    [fault] = report["faults"]
    assert (fault["code"], fault["tag"], fault["segment"] > 1) == ("date", "DTM", True)
    assert len(watched.post.people()) == 1


def test_a_report_holds_no_personal_data_and_none_of_our_ids(watched: Watched) -> None:
    watched.drop(api(person(), person("", "", number="")))
    watched.through()
    text = (watched.box.path / "processed" / "list.edi.json").read_text()
    assert "QUILLFEATHER" not in text
    assert "L1234567" not in text
    assert "flight_id" not in text
    assert str(watched.post.people()[0].id) not in text


def test_a_file_of_which_nothing_could_be_applied_goes_to_rejected_with_the_reason(
    watched: Watched,
) -> None:
    watched.drop(LUNCH)
    watched.through()
    assert watched.everything() == EMPTY | {"rejected": ["list.edi", "list.edi.json"]}
    assert [fault["code"] for fault in watched.report("rejected")["faults"]] == ["no_message"]
    assert (watched.box.path / "rejected" / "list.edi").read_bytes() == LUNCH


def test_receiving_is_not_the_verdict(watched: Watched) -> None:
    watched.drop(LUNCH)
    for _ in range(3):
        watched.turn()
    assert watched.everything() == EMPTY | {"working": watched.names("working")}
    [name] = watched.names("working")
    assert name.endswith(str(messages(watched)[0].id))


def test_no_text_lies_about_once_it_is_stored(watched: Watched) -> None:
    """Meals and cards are for nobody: the database seals them and drops them, a folder does not."""
    watched.drop(push(booking(traveller())))
    watched.turn()
    files = [path for path in watched.root.rglob("*") if path.is_file()]
    assert [(path.name, path.stat().st_size) for path in files] == [("list.edi", 0)]
    watched.post.work()
    watched.turn()
    assert (watched.box.path / "processed" / "list.edi").read_bytes() == b""


def test_what_comes_back_in_rejected_has_lost_what_must_not_be_kept(watched: Watched) -> None:
    """A push that speaks for another carrier is refused; its meals do not come back."""
    raw = push(booking(traveller())).replace(b"SRC'", b"SRC'SSR+VGML:HK:1:ZZ'", 1)
    raw = raw.replace(b"ZZ", b"YY")
    assert b"VGML" in raw
    watched.drop(raw)
    watched.through()
    text = (watched.box.path / "rejected" / "list.edi").read_bytes()
    assert b"QUILLFEATHER" in text
    assert b"VGML" not in text


def test_the_same_file_again_is_processed_as_a_duplicate(watched: Watched) -> None:
    watched.drop(api(person()))
    watched.through()
    watched.drop(api(person()))
    watched.through()
    first, second = messages(watched)
    again = [name for name in watched.names("processed") if "~" in name]
    assert len(again) == 2
    assert watched.report("processed", again[0])["duplicate_of"] == str(first.id)
    assert watched.report("processed", again[0])["placed_as"] == again[0]
    assert second.status == "duplicate"
    assert len(watched.post.people()) == 1


def test_files_of_one_name_do_not_overwrite_each_other(watched: Watched) -> None:
    for surname in ("AAA", "BBB", "CCC"):
        watched.drop(api(person(surname)))
        watched.through()
    names = watched.names("processed")
    assert len(names) == 6
    reports = {watched.report("processed", name)["id"] for name in names if "json" not in name}
    assert len(reports) == 3


def test_a_report_and_a_file_of_its_name_do_not_meet(watched: Watched) -> None:
    watched.drop(api(person("AAA")), "a")
    watched.drop(api(person("BBB")), "a.json")
    watched.through()
    names = watched.names("processed")
    assert len(names) == 4
    assert "a.json" in names  # whichever came first: the other's report or file stands beside it


def test_an_empty_file_is_rejected_at_once(watched: Watched) -> None:
    contents = {"a": b"", "b": b" \r\n", "c": b"\x00"}
    for name, content in contents.items():
        watched.drop(content, name)
    watched.turn()
    for name, content in contents.items():
        report = watched.report("rejected", name)
        assert [one["code"] for one in report["faults"]] == ["message-empty"]
        assert report["id"] is None
        assert (report["size"], report["sha256"]) == (len(content), sha256(content).hexdigest())
        assert (watched.box.path / "rejected" / name).read_bytes() == b""
    assert messages(watched) == []


def test_of_too_large_a_file_its_size_and_digest_stay(watched: Watched) -> None:
    path = watched.drop(b"")
    with path.open("r+b") as handle:
        handle.truncate(MAX_BODY + 1)
    watched.turn()
    assert [one["code"] for one in watched.report("rejected")["faults"]] == ["message-too-large"]
    assert watched.report("rejected")["size"] == MAX_BODY + 1
    assert (watched.box.path / "rejected" / "list.edi").stat().st_size == 0
    assert messages(watched) == []


def test_a_link_that_was_put_in_the_place_of_a_file_is_put_aside_unread(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = watched.root / "secret"
    secret.write_bytes(api(person()))
    (watched.box.path / "in" / "list.edi").symlink_to(secret)
    with monkeypatch.context() as patch:  # it was a file when we looked
        patch.setattr(Arrivals, "ready", lambda *_: ["list.edi"])
        watched.turn()
    assert messages(watched) == []
    assert (watched.box.path / "rejected" / "list.edi").read_bytes() == b""
    assert [one["code"] for one in watched.report("rejected")["faults"]] == ["file-unreadable"]
    assert secret.read_bytes() == api(person())


def test_a_file_is_taken_only_when_its_writer_is_done(watched: Watched) -> None:
    path = watched.box.path / "in" / "list.edi"
    raw = api(person())
    with path.open("wb") as writer:
        writer.write(raw[:100])
        writer.flush()
        assert not watched.turn()
        writer.write(raw[100:])
    assert watched.turn()
    assert messages(watched)[0].size == len(raw)


def test_a_file_is_not_taken_before_it_has_settled(watched: Watched) -> None:
    watched.drop(api(person()))
    pump = Pump(watched.folder(settle=0.3), watched.desk)
    assert not pump.turn()
    time.sleep(0.3)
    assert pump.turn()


ODD = ["a b.edi", "-rf", "x'\"$(id).edi", "naïve-列.edi", "\udcff\udcfe.edi", "a\nb", "n" * 255,
       "ü" * 127, "n", "n.json", "con", "a.b.c", "{}", "%s"]  # fmt: skip


def test_odd_names_come_through_unchanged(watched: Watched) -> None:
    for name in ODD:
        watched.drop(api(person(given="".join(filter(str.isalpha, ascii(name)))[:20])), name)
    watched.through()
    found = list((watched.box.path / "processed").iterdir())
    placed = {path.name for path in found if not path.stat().st_size}
    reports = [json.loads(path.read_bytes()) for path in found if path.stat().st_size]
    assert placed == {report["placed_as"] for report in reports}
    assert sorted(ODD) == sorted(report["file"] for report in reports)
    assert placed >= set(ODD) - {"n", "n.json"}
    assert placed & {"n", "n.json"}  # whichever came first keeps its name
    assert watched.names("in") == watched.names("working") == []


def test_the_senders_own_copy_behind_a_hard_link_stays_whole(watched: Watched) -> None:
    own = watched.root / "archive"
    own.write_bytes(api(person()))
    (watched.box.path / "in" / "list.edi").hardlink_to(own)
    watched.through()
    assert watched.names("processed") == ["list.edi", "list.edi.json"]
    assert own.read_bytes() == api(person())


def test_a_folder_that_bears_no_senders_name_is_left_alone(watched: Watched) -> None:
    stray = watched.root / "nobody" / "in"
    stray.mkdir(parents=True)
    (stray / "list.edi").write_bytes(api(person()))
    (watched.root / "link").symlink_to(watched.box.path)
    watched.through()
    assert (stray / "list.edi").exists()
    assert [path.name for path in stray.parent.iterdir()] == ["in"]


def test_a_disabled_sender_is_left_alone(watched: Watched) -> None:
    with watched.post.database.transaction() as session:
        session.execute(sa.text("update sender set disabled_at = now()"))
    watched.drop(api(person()))
    watched.turn()
    assert watched.names("in") == ["list.edi"]


def test_folders_are_made_where_they_are_missing(watched: Watched) -> None:
    for name in ("in", "working", "processed", "rejected", "answers"):
        (watched.box.path / name).rmdir()
    watched.turn()
    assert watched.everything() == EMPTY


def test_trouble_in_one_senders_folders_does_not_cost_the_others(watched: Watched) -> None:
    from app.identity.senders import create_sender

    with watched.post.database.transaction() as session:
        create_sender(session, "AA first", ["AA"], "NRT", watched.post.clock())
    (watched.root / "AA first").mkdir()
    (watched.root / "AA first" / "working").write_text("not a folder")
    watched.drop(api(person()))
    watched.through()
    assert watched.names("processed") == ["list.edi", "list.edi.json"]


def test_two_processes_on_one_folder_take_each_file_once(watched: Watched) -> None:
    for n in range(16):
        watched.drop(api(person(f"P{chr(65 + n % 26)}{chr(65 + n // 26)}")), f"{n}.edi")

    def work(_: int) -> int:
        pump, turns = Pump(watched.folder(), watched.desk), 0
        while pump.turn():
            turns += 1
        return turns

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    found = messages(watched)
    assert [one.status for one in found] == ["received"] * 16
    assert watched.names("in") == []
    assert len(watched.names("working")) == 16
    watched.post.work()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: watched.turn(), range(4)))
    assert len(watched.names("processed")) == 32
    assert watched.names("working") == []


def test_while_the_database_is_away_files_wait(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.drop(api(person()))

    def away(*_: object, **__: object) -> None:
        raise UnavailableError

    with monkeypatch.context() as patch:
        patch.setattr("app.messages.sources.source.ingest", away)
        with pytest.raises(UnavailableError):
            watched.turn()
    assert messages(watched) == []
    watched.through()
    assert watched.names("processed") == ["list.edi", "list.edi.json"]


def test_what_fails_each_time_is_put_aside_and_holds_up_nobody(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.drop(LUNCH, "a")
    pump = Pump(watched.folder(), watched.desk)
    real = receive.receive_message

    def picky(session: object, actor: object, sender: object, raw: bytes, *rest: object, **more: object) -> object:  # fmt: skip
        if raw == LUNCH:
            raise ZeroDivisionError
        return real(session, actor, sender, raw, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("app.messages.receive.receive_message", picky)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            pump.turn()
    watched.drop(api(person()), "b")
    assert pump.turn()
    assert [one["code"] for one in watched.report("rejected", "a")["faults"]] == ["internal"]
    assert (watched.box.path / "rejected" / "a").read_bytes() == b""
    assert len(messages(watched)) == 1


def test_old_files_are_forgotten(watched: Watched) -> None:
    watched.drop(LUNCH)
    watched.through()
    watched.turn()
    assert watched.names("rejected") == ["list.edi", "list.edi.json"]
    folder = watched.folder()
    folder.kept = timedelta(0)
    Pump(folder, watched.desk).turn()
    assert watched.names("rejected") == []


def test_a_senders_name_is_its_folder(watched: Watched) -> None:
    watched.drop(api(person()))
    watched.through()
    [message] = messages(watched)
    assert message.sender_id == watched.post.sender.id
    assert watched.box.path.name == SENDER


def test_answers_are_brought_once_whole_and_in_order(watched: Watched) -> None:
    answered(watched.post)
    for n in range(2):
        watched.drop(api(person(number=f"K{n}"), control=f"C{n}"), f"{n}.edi")
    watched.through()
    names = ["00000001.cusres-962.edi", "00000002.cusres-962.edi"]
    assert watched.names("answers") == names
    for name in names:
        [found] = interchanges((watched.box.path / "answers" / name).read_bytes())
        assert [message.type for message in found.messages] == ["CUSRES"]
    for name in names:  # fetched and removed by the sender
        (watched.box.path / "answers" / name).unlink()
    watched.turn()
    assert watched.names("answers") == []


def test_an_answer_that_could_not_be_put_waits(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(watched.post)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "no space")

    watched.drop(api(person()))
    with monkeypatch.context() as patch:
        patch.setattr(Box, "answer", full)
        watched.through()
    assert watched.names("answers") == []
    watched.turn()
    assert watched.names("answers") == ["00000001.cusres-962.edi"]
