"""The arguments of ``egate keys``; what it does is loaded when it is asked for."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any


def add_keys(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``keys`` with its actions to the commands; ``add`` is how the program adds one."""
    kinds = commands.add_parser(
        "keys", help="the authority's keys and their offline root"
    ).add_subparsers(required=True, metavar="ACTION")  # fmt: skip
    add(kinds, "list", list_keys, "all keys, a line of JSON each; exit 1 where something is due")
    made = add(kinds, "make", make_key, "make a successor, first used a week from now at least")
    made.add_argument("use", choices=["sign", "decrypt", "list"])
    root = add(
        kinds, "root", make_root, "make a root key, to be kept offline; print its public key"
    )
    root.add_argument("out", type=Path, metavar="FILE")
    certified = add(kinds, "certify", certify_keys, "offline: the root's certificates for keys")
    certified.add_argument(
        "lines", type=Path, metavar="LINES", help="of `egate keys list`; - = stdin"
    )
    certified.add_argument("--root", type=Path, required=True, metavar="FILE")
    certified.add_argument("--days", type=int, default=180, help="from the key's first use")
    for one in (root, certified):
        one.add_argument(
            "--passphrase-file", type=Path, help="what the root key's file is closed with"
        )
    published = add(kinds, "publish", publish_keys, "take the root's certificates")
    published.add_argument("lines", type=Path, metavar="LINES", help="of `egate keys certify`")
    published.add_argument(
        "--at-once", action="store_true", help="do not wait a week: a key leaked"
    )
    retired = add(kinds, "retire", retire_key, "end all trust in a key now")
    retired.add_argument("kid", metavar="KEY")
    _add_ring(kinds, add)


def _add_ring(kinds: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    """The keys that seal and make pseudonyms, and the list of everything there is."""
    add(
        kinds, "inventory", show_inventory, "all keys and secrets, a line of JSON each; exit 1: due"
    )
    made = add(kinds, "rotate", rotate, "make a key of the ring that waits; then start all again")
    used = add(kinds, "use", use, "make the waiting key the current one; then start all again")
    gone = add(kinds, "forget", forget, "drop a key under which nothing stands")
    for one in (made, used, gone):
        one.add_argument("kind", choices=["seal", "people", "card", "link"])
    gone.add_argument("id", metavar="KEY")
    gone.add_argument("--lose", action="store_true", help="give up what stands under it")
    again = add(kinds, "reencrypt", reencrypt, "put what is kept under the current keys")
    again.add_argument("--batch", type=int, default=200, help="rows in a transaction")


def list_keys(arguments: argparse.Namespace) -> int:
    del arguments
    from app.commands.keys import list_keys as run  # noqa: PLC0415

    return run()


def make_key(arguments: argparse.Namespace) -> int:
    from app.commands.keys import make_key as run  # noqa: PLC0415

    return run(arguments.use)


def make_root(arguments: argparse.Namespace) -> int:
    from app.commands.keys import make_root as run  # noqa: PLC0415

    return run(arguments.out, arguments.passphrase_file)


def certify_keys(arguments: argparse.Namespace) -> int:
    from app.commands.keys import certify_keys as run  # noqa: PLC0415

    return run(arguments.lines, arguments.root, arguments.passphrase_file, arguments.days)


def publish_keys(arguments: argparse.Namespace) -> int:
    from app.commands.keys import publish_keys as run  # noqa: PLC0415

    return run(arguments.lines, at_once=arguments.at_once)


def retire_key(arguments: argparse.Namespace) -> int:
    from app.commands.keys import retire_key as run  # noqa: PLC0415

    return run(arguments.kid)


def show_inventory(arguments: argparse.Namespace) -> int:
    del arguments
    from app.commands.ring import show_inventory as run  # noqa: PLC0415

    return run()


def rotate(arguments: argparse.Namespace) -> int:
    from app.commands.ring import rotate as run  # noqa: PLC0415

    return run(arguments.kind)


def use(arguments: argparse.Namespace) -> int:
    from app.commands.ring import use as run  # noqa: PLC0415

    return run(arguments.kind)


def forget(arguments: argparse.Namespace) -> int:
    from app.commands.ring import forget as run  # noqa: PLC0415

    return run(arguments.kind, arguments.id, lose=arguments.lose)


def reencrypt(arguments: argparse.Namespace) -> int:
    from app.commands.ring import reencrypt as run  # noqa: PLC0415

    return run(arguments.batch)
