"""Reading in a process of its own: the parsers are native code and the pictures are strangers'.

A picture that crashes or stalls the worker costs its sender an `unreadable` and nobody else anything.
"""

import asyncio
import contextlib
import json
import multiprocessing
import resource
import signal
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

from app.formats.barcode.errors import CODES, PictureError
from app.formats.barcode.picture import MAX_BYTES
from app.formats.barcode.reading import read_code

Read = Callable[[bytes], str]
START_TIMEOUT = 60.0
"""Seconds until a fresh worker must have imported its libraries, on a busy machine."""

_MEMORY = 2**31
_LONGEST_ANSWER = 64 * 1024


class Reader:
    """Reads codes one after the other in a worker process, which starts with the first picture.

    Safe to use from any thread and from async code. `timeout` is in seconds a picture;
    `read` is what the worker does and must be importable by name.
    """

    def __init__(self, *, timeout: float = 5.0, read: Read = read_code) -> None:
        self._timeout = timeout
        self._task = read
        self._queue = ThreadPoolExecutor(max_workers=1, thread_name_prefix="barcode")
        self._worker: _Worker | None = None

    def read(self, data: bytes) -> str:
        """Read the one code of a picture. Raises PictureError as `read_code` does."""
        return self._submit(data).result()

    async def read_async(self, data: bytes) -> str:
        """Read the one code of a picture without blocking the event loop."""
        return await asyncio.wrap_future(self._submit(data))

    def close(self) -> None:
        """End the worker; pictures still waiting are not read."""
        self._queue.shutdown(cancel_futures=True)
        self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _submit(self, data: bytes) -> Future[str]:
        if len(data) > MAX_BYTES:
            raise PictureError("too_large")
        return self._queue.submit(self._read_next, data)

    def _read_next(self, data: bytes) -> str:
        """Run on the one thread of the queue: the only place that touches the worker."""
        try:
            if self._worker is None or not self._worker.alive:
                self._stop()
                self._worker = _Worker(self._task)
            answer = self._worker.ask(data, self._timeout)
        except (OSError, EOFError, ValueError):
            # crashed, stalled or talking nonsense: the next picture gets a fresh one
            self._stop()
            raise PictureError("unreadable") from None
        for code in CODES:
            if answer.get("code") == code:
                raise PictureError(code)
        if "text" not in answer:
            raise PictureError("unreadable")
        return answer["text"]

    def _stop(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker = None


class _Worker:
    """A worker process and the pipe to it. What comes back is JSON, never a pickle."""

    def __init__(self, task: Read) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other_end = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(other_end, task), name="barcode", daemon=True
        )
        self._process.start()
        other_end.close()  # so that the worker's death ends the pipe
        try:
            self._receive(START_TIMEOUT)
        except BaseException:
            self.kill()
            raise

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def ask(self, data: bytes, timeout: float) -> dict[str, str]:
        self._pipe.send_bytes(data)
        return self._receive(timeout)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()

    def _receive(self, timeout: float) -> dict[str, str]:
        if not self._pipe.poll(timeout):
            raise TimeoutError
        answer = json.loads(self._pipe.recv_bytes(_LONGEST_ANSWER))
        if not isinstance(answer, dict):
            raise ValueError("not an answer")  # noqa: TRY004  # as any other nonsense
        return answer


def _serve(pipe: Connection, task: Read) -> None:
    _confine()
    _answer(pipe, text="ready")
    with contextlib.suppress(EOFError, OSError):  # the server has gone
        while True:
            data = pipe.recv_bytes(MAX_BYTES)
            try:
                _answer(pipe, text=task(data))
            except PictureError as error:
                _answer(pipe, code=error.code)
            except Exception:  # noqa: BLE001  # whatever a native parser raises is a picture not read
                _answer(pipe, code="unreadable")


def _answer(pipe: Connection, **answer: str) -> None:
    pipe.send_bytes(json.dumps(answer).encode())


def _confine() -> None:
    """No core dumps (they would hold a traveller's picture), no files, bounded memory; Ctrl-C is the server's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_AS, _MEMORY),
    ):
        resource.setrlimit(limit, (value, value))
