"""The arguments of ``egate sender`` and ``egate sandbox``; what they do is loaded when it is asked for."""

import argparse
from collections.abc import Callable
from typing import Any
from uuid import UUID


def add_sender(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``sender`` and ``sandbox`` to the commands; ``add`` is how the program adds one."""
    from app.formats.required import Element  # noqa: PLC0415
    from app.identity.models import AnswerMode  # noqa: PLC0415
    from app.identity.scopes import Scope  # noqa: PLC0415

    sender = add(
        commands, "sender", put_sender,
        "`sender NAME`: add a sender and print its token, or change its settings; `sender token NAME`: print another"
        " token; `sender tokens NAME`: list them; `sender revoke NAME ID`: end one",
    )  # fmt: skip
    sender.add_argument(
        "name", nargs="+", help="the sender's name, after the action if there is one"
    )
    sender.add_argument("--carrier", action="append", default=[], help="IATA code; repeatable")
    modes = [str(mode) for mode in AnswerMode]
    sender.add_argument("--answers", choices=modes, help="how its passenger lists are answered")
    for name, text in (
        ("contrl", "answer faults of syntax with CONTRL"),
        ("ackres", "answer pushes of bookings with ACKRES"),
        ("sandbox-only", "take test interchanges only, until it is certified"),
        ("flights", "an airport's system: it may say where flights are"),
    ):
        sender.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, help=text)
    sender.add_argument("--interchange-id", help="its name in UNB, where answers need another one")
    sender.add_argument(
        "--require", action="append", choices=[str(one) for one in Element],
        help="an element each person must come with, instead of the default ones; repeatable",
    )  # fmt: skip
    sender.add_argument(
        "--scope", action="append", default=[], choices=[str(one) for one in Scope],
        help="`token`: what it is good for; repeatable",
    )  # fmt: skip
    sender.add_argument("--days", type=int, default=365, help="`token`: how long it is good for")
    report = add(commands, "sandbox", sandbox_report, "what a sender's test messages have shown")
    report.add_argument("name", help="name of the sender")


def put_sender(arguments: argparse.Namespace) -> int:
    """``egate sender`` in its four forms."""
    from app.commands import people  # noqa: PLC0415
    from app.kernel.errors import SetupError  # noqa: PLC0415

    match arguments.name:
        case [name]:
            return _put(arguments, name)
        case ["token", name]:
            if not arguments.scope or not 1 <= arguments.days <= 3650:
                raise SetupError("a token needs --scope, and --days from 1 to 3650")
            return people.sender_token(name, arguments.scope, arguments.days)
        case ["tokens", name]:
            return people.list_sender_tokens(name)
        case ["revoke", name, text]:
            return people.revoke_sender_token(name, _id(text))
    raise SetupError(
        "one of: sender NAME, sender token NAME, sender tokens NAME, sender revoke NAME ID"
    )


def _id(text: str) -> UUID:
    from app.kernel.errors import SetupError  # noqa: PLC0415

    try:
        return UUID(text)
    except ValueError:
        raise SetupError("revoke takes an id that `sender tokens` lists") from None


def _put(given: argparse.Namespace, name: str) -> int:
    from app.commands.people import put_sender as run  # noqa: PLC0415
    from app.formats.required import Element  # noqa: PLC0415
    from app.identity.models import AnswerMode  # noqa: PLC0415
    from app.identity.senders import SenderChange  # noqa: PLC0415

    change = SenderChange(
        AnswerMode(given.answers) if given.answers else None, given.contrl, given.ackres,
        given.sandbox_only, given.interchange_id,
        tuple(Element(one) for one in given.require) if given.require else None, given.flights,
    )  # fmt: skip
    return run(name, given.carrier, change)


def sandbox_report(arguments: argparse.Namespace) -> int:
    """``egate sandbox``."""
    from app.commands.people import sandbox_report as run  # noqa: PLC0415

    return run(arguments.name)
