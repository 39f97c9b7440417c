"""The watched folder: a folder per sender, under its name, where its transfer program drops files.

A dropped file is taken, stored and emptied at once: the database keeps what may be kept of it, sealed and with a
clock, and no meal request or card number stays lying in a folder. Once the worker has decided, it goes to
``processed`` (something could be applied, or it came before) or ``rejected`` (nothing could), its report
beside it; a rejected one gets back the text that the database keeps. Of what cannot even be
stored an empty file goes there, its size and digest in the report: it was never cleaned. Any number of processes may watch the same folder.
"""

import errno
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import structlog

from app.kernel.crypto import SealError
from app.kernel.errors import EgateError, InvalidError
from app.kernel.texts import N_
from app.messages.answers import Outgoing
from app.messages.models import MessageStatus
from app.messages.receive import MAX_BODY, MessageTooLargeError, Received
from app.messages.sources.arrivals import Arrivals, open_whole
from app.messages.sources.boxes import (
    ANSWERS,
    IN,
    PROCESSED,
    REJECTED,
    Box,
    Claim,
    days_ago,
    message_of,
)
from app.messages.sources.source import Delivery, Desk
from app.messages.verdicts import MessageOut
from app.retention.clocks import RAW_LIFE

log = structlog.get_logger(__name__)

TAKEN_AT_ONCE = 100
VERDICTS_AT_ONCE = 200
TIDY_SECONDS = 60.0
KEPT = RAW_LIFE
_TRANSIENT = frozenset({errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENFILE, errno.ENOMEM})


class UnreadableFileError(InvalidError):
    """No rights to read it, or no regular file after all."""

    code, title = "file-unreadable", N_("This file cannot be read")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a delivery is: the sender's box and our claim on the file in it."""

    box: Box
    claim: Claim


@dataclass(slots=True)
class Folder:
    """The :class:`~.source.Source` of a root folder. Raises OSError where the file system fails."""

    root: Path
    desk: Desk
    arrivals: Arrivals
    kept: timedelta = KEPT
    tick: float = 1.0
    _tidied: float = float("-inf")
    _noted: set[tuple[str, str]] = field(default_factory=set)

    def take(self) -> Iterator[Delivery]:
        """What a killed process left, then what was dropped; at most some of each sender."""
        for box in self._boxes():
            with _alone(box):
                for claim in self._claims(box):
                    if delivery := self._load(box, claim):
                        yield delivery

    def accept(self, delivery: Delivery, received: Received) -> None:
        place = _place(delivery)
        try:
            place.box.stored(place.claim, received.id)
        finally:
            place.claim.release()

    def reject(self, delivery: Delivery, error: EgateError) -> None:
        place = _place(delivery)
        self._put_aside(place.box, place.claim, error)

    def give_back(self, delivery: Delivery) -> None:
        """It stays in ``working``, where anybody finds it."""
        _place(delivery).claim.release()

    def tend(self) -> None:
        is_due = time.monotonic() - self._tidied > TIDY_SECONDS
        if is_due:
            self._tidied = time.monotonic()
        for box in self._boxes():
            with _alone(box):
                self._settle(box)
                self._answer(box)
                if is_due:
                    self._tidy(box)

    def close(self) -> None:
        """Nothing is held between two rounds."""

    # --- what is there --------------------------------------------------------------------------------

    def _boxes(self) -> list[Box]:
        """The folders that bear the name of a sender; links are not followed."""
        senders = self.desk.senders()
        found = []
        with os.scandir(self.root) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                if entry.name.startswith(".") or not entry.is_dir(follow_symlinks=False):
                    continue
                if entry.name in senders:
                    found.append(Box(entry.name, Path(entry.path)))
                else:
                    self._note("folder.no-such-sender", entry.name)
        ready = []
        for box in found:
            with _alone(box):
                box.prepare()
                ready.append(box)
        return ready

    def _claims(self, box: Box) -> Iterator[Claim]:
        for name in box.working():
            if message_of(name) is None and (claim := box.claim(name)):
                yield claim
        settled = self.arrivals.ready(box.path / IN)
        whole = (name for name in settled if not _is_being_written(box.path / IN / name))
        for name in islice(whole, TAKEN_AT_ONCE):
            if taken := box.take(name):
                yield taken
        if self.arrivals.others:
            self._note("folder.no-regular-file", box.sender)

    def _load(self, box: Box, claim: Claim) -> Delivery | None:
        """The text of a claimed file; None where there is nothing to deliver (and the claim is let go)."""
        try:
            file = claim.file()
            if file is None:  # killed before the file came here, or while it was put aside
                box.finish(claim, REJECTED, {})
                claim.release()
                return None
            raw = _read(file)
        except EgateError as error:
            self._put_aside(box, claim, error)
            return None
        except BaseException as error:
            claim.release()
            if isinstance(error, FileNotFoundError):  # its folder was moved on
                return None
            raise
        if raw is None:
            claim.release()
            return None
        return Delivery(box.sender, raw, f"folder/{claim.key}", _Place(box, claim))

    # --- what became of it ----------------------------------------------------------------------------

    def _put_aside(self, box: Box, claim: Claim, error: EgateError) -> None:
        fault = {"severity": "error", "code": error.code, "text": error.title}
        report = {
            "id": None, "status": MessageStatus.REJECTED,
            "received_at": self.desk.clock().isoformat(), "messages": [], "faults": [fault],
            **_measured(claim),
        }  # fmt: skip
        try:
            box.empty(claim)
            box.finish(claim, REJECTED, report)
        finally:
            claim.release()
        log.warning("folder.rejected", key=claim.key, code=error.code)

    def _settle(self, box: Box) -> None:
        """Move on what the worker has decided about."""
        waiting = {found: name for name in box.working() if (found := message_of(name))}
        if not waiting:
            return
        for verdict in self.desk.verdicts(list(waiting), VERDICTS_AT_ONCE):
            if claim := box.claim(waiting[verdict.id]):
                try:
                    self._move_on(box, claim, verdict)
                finally:
                    claim.release()

    def _move_on(self, box: Box, claim: Claim, verdict: MessageOut) -> None:
        is_rejected = verdict.status is MessageStatus.REJECTED
        file = claim.file()
        if is_rejected and file:
            with suppress(SealError):
                box.fill(claim, file, self.desk.kept_text(verdict.id))
        elif file:
            box.empty(claim)
        report = verdict.model_dump(mode="json")
        box.finish(claim, REJECTED if is_rejected else PROCESSED, report)

    def _answer(self, box: Box) -> None:
        """Our answers, one file each, numbered in their order; the next ones with the next round."""

        def put(answer: Outgoing) -> None:
            box.answer(f"{answer.number:08d}.{answer.kind}.edi", answer.text or b"")

        self.desk.hand_over(box.sender, put)

    def _tidy(self, box: Box) -> None:
        """Empty what a killed process left full; forget what is old."""
        for name in box.working():
            if message_of(name) and (claim := box.claim(name)):
                try:
                    box.empty(claim)
                finally:
                    claim.release()
        limit = days_ago(self.kept / timedelta(days=1))
        for target in (PROCESSED, REJECTED, ANSWERS):
            if count := box.forget(target, limit):
                log.info("folder.forgotten", sender=box.sender, target=target, count=count)

    def _note(self, event: str, sender: str) -> None:
        """Say something once."""
        if (event, sender) not in self._noted:
            self._noted.add((event, sender))
            log.warning(event, sender=sender)


def _measured(claim: Claim) -> dict[str, Any]:
    """Size in bytes and SHA-256 by which the sender finds its own copy; nothing where it is not readable."""
    try:
        descriptor = open_whole(file) if (file := claim.file()) else None
        if descriptor is None:
            return {}
        with os.fdopen(descriptor, "rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
            return {"size": handle.tell(), "sha256": digest}
    except OSError:
        return {}


def _place(delivery: Delivery) -> _Place:
    assert isinstance(delivery.place, _Place)
    return delivery.place


@contextmanager
def _alone(box: Box) -> Iterator[None]:
    """What fails in the folders of one sender must not cost the others; the next round tries again."""
    try:
        yield
    except OSError as error:
        log.warning("folder.failed", sender=box.sender, error=errno.errorcode.get(error.errno or 0))


def _is_being_written(path: Path) -> bool:
    """Whether to leave it for now. What cannot be opened is taken and then put aside with the reason."""
    try:
        descriptor = open_whole(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def _read(file: Path) -> bytes | None:
    """The whole text; None while somebody writes it. Raises UnreadableFileError, MessageTooLargeError."""
    try:
        descriptor = open_whole(file)
        if descriptor is None:
            return None
        with os.fdopen(descriptor, "rb") as handle:
            if os.fstat(handle.fileno()).st_size > MAX_BODY:
                raise MessageTooLargeError
            return handle.read(MAX_BODY + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in _TRANSIENT:
            raise
        raise UnreadableFileError from error
