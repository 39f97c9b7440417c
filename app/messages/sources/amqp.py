"""A queue of a message broker (AMQP 0-9-1, as RabbitMQ speaks it): one queue per sender. See ADR 7.

A delivery is acknowledged only after the transaction that stored it has committed. A broker that hears nothing
gives it to somebody again; the same bytes of the same sender are then a duplicate. What can never be stored goes
to ``QUEUE.rejected``, its reason, size and digest in headers, our answers go to ``QUEUE.answers``.
"""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pika
import structlog
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError, ChannelClosedByBroker

from app.kernel.errors import EgateError, SetupError
from app.messages.answers import Outgoing
from app.messages.receive import Received
from app.messages.sources.source import Delivery, Desk, SourceError

log = structlog.get_logger(__name__)
logging.getLogger("pika").setLevel(logging.CRITICAL)  # eight lines for a failure that we say in one

REJECTED, ANSWERS = ".rejected", ".answers"
TAKEN_AT_ONCE = 100
AHEAD = 10  # deliveries that the broker may send before the first is settled
IDLE_SECONDS = 1.0
BLOCKED_SECONDS = 60.0  # a broker short of memory or disk stops publishers
_NOT_FOUND = 404
_PERSISTENT = 2


@dataclass(frozen=True, slots=True)
class _Place:
    """What names a delivery to the broker, and how it came."""

    tag: int
    properties: Any


@dataclass(slots=True)
class Queue:
    """The :class:`~.source.Source` of one queue. ``url`` is ``amqp://`` or ``amqps://`` with user and vhost."""

    url: str
    name: str
    sender: str
    desk: Desk
    tick: float = 0.0  # waiting is done by the broker's connection
    _connection: Any = None
    _channel: BlockingChannel | None = None
    _stream: Iterator[Any] = field(default_factory=lambda: iter(()))

    def __post_init__(self) -> None:
        """Raise SetupError where the address is none."""
        _parameters(self.url)

    def take(self) -> Iterator[Delivery]:
        """What the broker sends, until nothing comes for a moment. Raises SourceError."""
        self._open()
        for _ in range(TAKEN_AT_ONCE):
            with _reachable():
                came = next(self._stream, None)
            if came is None:
                raise SourceError("the queue was taken away")
            method, properties, body = came
            if method is None:
                return
            place = _Place(method.delivery_tag, properties)
            yield Delivery(self.sender, body, place=place)

    def accept(self, delivery: Delivery, received: Received) -> None:
        del received
        self._settle(delivery)

    def reject(self, delivery: Delivery, error: EgateError) -> None:
        """To the queue beside, without its text: that was never cleaned. Killed before the acknowledgement, it comes again and stands there twice."""
        given = _place(delivery).properties
        headers = {
            **(given.headers or {}), "x-egate-code": error.code, "x-egate-reason": error.title,
            "x-egate-rejected-at": self.desk.clock().isoformat(),
            "x-egate-sha256": hashlib.sha256(delivery.raw).hexdigest(),
            "x-egate-size": len(delivery.raw),
        }  # fmt: skip
        properties = pika.BasicProperties(
            content_type=given.content_type, message_id=given.message_id,
            correlation_id=given.correlation_id, headers=headers, delivery_mode=_PERSISTENT,
        )  # fmt: skip
        self._publish(self.name + REJECTED, b"", properties)
        self._settle(delivery)
        log.warning("queue.rejected", sender=self.sender, code=error.code)

    def give_back(self, delivery: Delivery) -> None:
        with suppress(AMQPError, OSError):  # without a connection it is given back by itself
            self._live().basic_nack(_place(delivery).tag, requeue=True)

    def tend(self) -> None:
        """Answers to the queue beside. It has no place for verdicts: their sender asks for them by HTTP."""
        self.desk.hand_over(self.sender, self._answer)

    def _answer(self, answer: Outgoing) -> None:
        properties = pika.BasicProperties(
            content_type="application/edifact", type=str(answer.kind), message_id=str(answer.id),
            correlation_id=str(answer.message_id) if answer.message_id else None,
            headers={"x-egate-number": answer.number, "x-egate-test": answer.test},
            delivery_mode=_PERSISTENT,
        )  # fmt: skip
        self._publish(self.name + ANSWERS, answer.text or b"", properties)

    def close(self) -> None:
        """The broker gives all that is not acknowledged to others."""
        connection, self._connection, self._channel = self._connection, None, None
        self._stream = iter(())
        if connection is not None:
            with suppress(AMQPError, OSError):
                connection.close()

    def _open(self) -> None:
        if self._channel is not None and self._channel.is_open:
            return
        self.close()
        with _reachable():
            self._connection = pika.BlockingConnection(_parameters(self.url))
            for name in (self.name, self.name + REJECTED, self.name + ANSWERS):
                _declare(self._connection, name)
            channel = self._connection.channel()
            channel.confirm_delivery()  # a publish returns when the broker has it
            channel.basic_qos(prefetch_count=AHEAD)
            self._channel = channel
            self._stream = channel.consume(self.name, inactivity_timeout=IDLE_SECONDS)

    def _live(self) -> BlockingChannel:
        if self._channel is None:
            raise SourceError("not connected")
        return self._channel

    def _settle(self, delivery: Delivery) -> None:
        with _reachable():
            self._live().basic_ack(_place(delivery).tag)

    def _publish(self, queue: str, body: bytes, properties: Any) -> None:
        with _reachable():
            self._live().basic_publish("", queue, body, properties, mandatory=True)


def _place(delivery: Delivery) -> _Place:
    assert isinstance(delivery.place, _Place)
    return delivery.place


def _parameters(url: str) -> Any:
    try:
        parameters = pika.URLParameters(url)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SetupError("EGATE_AMQP_URL is no address of a broker") from error
    parameters.blocked_connection_timeout = BLOCKED_SECONDS
    return parameters


def _declare(connection: Any, name: str) -> None:
    """A queue as its operator made it; a durable one where there is none."""
    try:
        with connection.channel() as channel:
            channel.queue_declare(name, passive=True)
    except ChannelClosedByBroker as error:
        if error.reply_code != _NOT_FOUND:
            raise
        with connection.channel() as channel:
            channel.queue_declare(name, durable=True)


@contextmanager
def _reachable() -> Iterator[None]:
    """Turn what a broken connection or a refusing broker raises into SourceError."""
    try:
        yield
    except (AMQPError, OSError) as error:
        raise SourceError from error
