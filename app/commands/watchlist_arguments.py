"""The arguments of ``egate watchlist``; what it does is loaded when it is asked for."""

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any


def add_watchlist(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``watchlist`` with its actions to the commands; ``add`` is how the program adds one."""
    watchlist = commands.add_parser("watchlist", help="lists of persons and documents")
    acts = watchlist.add_subparsers(required=True, metavar="ACTION")
    put = add(acts, "import", import_list, "bring a file into a list; bulk waits for an officer")
    diff = add(acts, "diff", diff_list, "what a file would change on a list; changes nothing")
    for one in (put, diff):
        one.add_argument("list", help="key of the list")
        one.add_argument("file", type=Path)
        one.add_argument("--format", choices=("csv", "ofac-sdn-xml", "ftm-jsonl"))
        one.add_argument(
            "--whole", action="store_true", help="take off what the file does not name"
        )
    put.add_argument(
        "--create", metavar="TITLE",
        help="make the list where there is none; needs --purpose and --handling",
    )  # fmt: skip
    purposes = ("drugs", "revenue", "serious_crime", "biosecurity", "health")
    put.add_argument("--purpose", choices=purposes)
    handlings = ("stop", "discreet", "observe", "inform")
    put.add_argument("--handling", choices=handlings)
    match = add(acts, "match", match_lists, "whom of the lists a name or document would meet")
    match.add_argument("--surname", default="")
    match.add_argument("--given", default="")
    match.add_argument("--birth", metavar="YYYY[-MM-DD]")
    match.add_argument("--sex", default="", choices=("F", "M", "X"))
    match.add_argument("--nationality", default="", metavar="STATE", help="JP, JPN; D, DEU")
    match.add_argument("--document", action="append", default=[], metavar="NUMBER[/ISSUER]")
    match.add_argument("--day", type=date.fromisoformat, help="of the flight, today by default")
    evaluated = add(
        acts, "evaluate", evaluate_list, "how well a file's entries are found, by labelled queries"
    )
    evaluated.add_argument("list", type=Path, metavar="LIST", help="JSON lines, may be .gz")
    evaluated.add_argument("queries", type=Path, metavar="QUERIES", help="JSON lines, may be .gz")
    bench = add(acts, "bench", bench_list, "what it costs to ask a file's entries for somebody")
    bench.add_argument("list", type=Path, metavar="LIST", help="JSON lines, may be .gz")
    bench.add_argument(
        "--queries", type=Path, help="who is asked for; without it the list's own people"
    )
    for one in (evaluated, bench):
        one.add_argument("--json", action="store_true")


def evaluate_list(arguments: argparse.Namespace) -> int:
    from app.commands.watchlist_evaluate import evaluate_file  # noqa: PLC0415

    return evaluate_file(arguments.list, arguments.queries, as_json=arguments.json)


def bench_list(arguments: argparse.Namespace) -> int:
    from app.commands.watchlist_evaluate import bench_file  # noqa: PLC0415

    return bench_file(arguments.list, arguments.queries, as_json=arguments.json)


def import_list(arguments: argparse.Namespace) -> int:
    from app.commands.watchlist import import_file  # noqa: PLC0415
    from app.kernel.errors import SetupError  # noqa: PLC0415
    from app.screening.models import Handling  # noqa: PLC0415
    from app.screening.watchlists import Settings  # noqa: PLC0415

    made = None
    if arguments.create:
        if not (arguments.purpose and arguments.handling):
            raise SetupError("--create needs --purpose and --handling: what the list is for")
        made = Settings(arguments.create, arguments.purpose, Handling(arguments.handling))
    return import_file(
        arguments.file, arguments.list, arguments.format, whole=arguments.whole, dry_run=False,
        make=made,
    )  # fmt: skip


def diff_list(arguments: argparse.Namespace) -> int:
    from app.commands.watchlist import import_file  # noqa: PLC0415

    return import_file(
        arguments.file, arguments.list, arguments.format, whole=arguments.whole, dry_run=True
    )


def match_lists(arguments: argparse.Namespace) -> int:
    from app.commands.watchlist import match, person_asked  # noqa: PLC0415

    person = person_asked(
        arguments.surname, arguments.given, arguments.birth or "", arguments.sex,
        arguments.nationality, arguments.document,
    )  # fmt: skip
    return match(person, arguments.day)
