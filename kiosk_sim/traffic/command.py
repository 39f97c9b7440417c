"""``egate traffic``: a day of messages as files, or sent to a service at the speed that is wished for."""

import json
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, TextIO

from kiosk_sim.client import Refused, ServiceUnavailable
from kiosk_sim.traffic.day import Transmission, Worlds, transmissions, truth
from kiosk_sim.traffic.places import senders
from kiosk_sim.traffic.schedule import Plan
from kiosk_sim.world import Airline

PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
"""Seconds before each further try to reach the service."""


class TrafficError(ValueError):
    """The traffic cannot be made as asked; the text says why and holds no secret."""


class Sink(Protocol):
    """Where transmissions go. A sink may take its time."""

    def take(self, place: int, sent: Transmission) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Totals:
    """What was made."""

    transmissions: int = 0
    bytes: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    dirt: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def count(self, sent: Transmission) -> None:
        self.kinds[sent.what] += 1
        if sent.dirt:
            self.dirt[sent.dirt] += 1
        if not sent.lost:
            self.transmissions += 1
            self.bytes += len(sent.data)

    def plain(self) -> dict[str, Any]:
        """For JSON, in a fixed order."""
        counters = {name: dict(sorted(getattr(self, name).items()))
                    for name in ("kinds", "dirt", "refused")}  # fmt: skip
        return {"transmissions": self.transmissions, "bytes": self.bytes, **counters}


def run(plan: Plan, out: Path | None, sink: Sink | None, totals: Totals | None = None) -> Totals:
    """Make the day once and give each transmission to folder and sink; what was made, in numbers.

    Raises TrafficError where the folder holds something already, OSError where it cannot be written.
    """
    totals, worlds = totals or Totals(), Worlds()
    folder = Folder(out, plan) if out else None
    try:
        for sent in transmissions(plan, worlds):
            totals.count(sent)
            place = totals.transmissions
            if folder:
                folder.take(place, sent)
            if sink and not sent.lost:
                sink.take(place, sent)
        if folder:
            folder.finish(totals, worlds)
    finally:
        for one in (folder, sink):
            if one:
                one.close()
    return totals


class Folder:
    """``messages/NNNNNN-*.edi`` in order, ``truth.jsonl``, ``manifest.json``."""

    def __init__(self, path: Path, plan: Plan) -> None:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise TrafficError(f"{path} exists and is not an empty folder")
        self._path, self._plan = path, plan
        self._messages = path / "messages"
        self._messages.mkdir(parents=True)
        self._truth: TextIO = (path / "truth.jsonl").open("w", encoding="utf-8")

    def take(self, place: int, sent: Transmission) -> None:
        """A file for what arrives, a line of truth for everything."""
        name = None if sent.lost else f"{place:06d}-{sent.name}"
        if name:
            (self._messages / name).write_bytes(sent.data)
        self._line({**sent.truth(), "file": name})

    def finish(self, totals: Totals, worlds: Worlds) -> None:
        """Who was on board, and the summary."""
        for line in truth(self._plan, worlds):
            self._line(line)
        plan = {**asdict(self._plan), "day": self._plan.day.isoformat()}
        known = {"plan": plan, "senders": senders(self._plan.carriers), **totals.plain()}
        (self._path / "manifest.json").write_text(json.dumps(known, indent=1) + "\n")

    def close(self) -> None:
        self._truth.close()

    def _line(self, line: Mapping[str, Any]) -> None:
        self._truth.write(json.dumps(line, ensure_ascii=False) + "\n")


class Post:
    """Posts transmissions as their senders, ``speed`` times as fast as the day; 0 = as fast as it goes."""

    def __init__(
        self,
        server: str,
        tokens: Mapping[str, str],
        speed: float,
        totals: Totals,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._airlines = {name: Airline(server, token) for name, token in tokens.items()}
        self._speed, self._totals, self._sleep = speed, totals, sleep
        self._start: tuple[float, float] | None = None

    def take(self, place: int, sent: Transmission) -> None:
        """Wait until it is due, then post it. Raises ServiceUnavailable when the service stays away."""
        del place
        self._wait(sent)
        key = secrets.token_hex(16)
        for pause in (*PAUSES, None):
            try:
                self._airlines[sent.sender].send(sent.data, key)
            except ServiceUnavailable:
                if pause is None:
                    raise
                self._sleep(pause)
            except Refused as error:
                if error.status in (401, 403):
                    raise TrafficError(
                        f"the service does not know the sender {sent.sender}"
                    ) from error
                self._totals.refused[error.code] += 1
                return
            else:
                return

    def close(self) -> None:
        for airline in self._airlines.values():
            airline.close()

    def _wait(self, sent: Transmission) -> None:
        if not self._speed:
            return
        moment = sent.at.timestamp()
        if self._start is None:
            self._start = moment, time.monotonic()
        first, began = self._start
        late = began + (moment - first) / self._speed - time.monotonic()
        if late > 0:
            self._sleep(late)


def read_tokens(path: Path, plan: Plan) -> dict[str, str]:
    """Tokens by sender from a file: one token for all, or a JSON object of them.

    Raises TrafficError naming the senders that it has none for, OSError.
    """
    text = path.read_text().strip()
    wanted = senders(plan.carriers)
    if not text.startswith("{"):
        return dict.fromkeys(wanted, text)
    try:
        found = {str(name): str(token) for name, token in json.loads(text).items()}
    except ValueError as error:
        raise TrafficError("the token file is neither a token nor a JSON object") from error
    if missing := sorted(set(wanted) - set(found)):
        raise TrafficError(f"no token for {', '.join(missing)}")
    return {name: found[name] for name in wanted}


def main(
    plan: Plan, out: Path | None, server: str | None, token_file: Path | None, speed: float
) -> int:
    """``egate traffic``: one line of JSON with the numbers; 2 and a line of text where it cannot be done."""
    totals = Totals()
    try:
        post = None
        if server and token_file:
            post = Post(server, read_tokens(token_file, plan), speed, totals)
        started = time.monotonic()
        run(plan, out, post, totals)
    except (TrafficError, OSError) as error:
        said = (
            error
            if isinstance(error, TrafficError)
            else f"{type(error).__name__}: {error.strerror}"
        )
        sys.stderr.write(f"egate traffic: {said}\n")
        return 2
    except ServiceUnavailable:
        sys.stderr.write("egate traffic: the service cannot be reached\n")
        return 1
    took = round(time.monotonic() - started, 1)
    sys.stdout.write(json.dumps({**totals.plain(), "seconds": took}) + "\n")
    return 1 if totals.refused else 0
