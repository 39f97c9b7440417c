"""``egate``: the command line of the whole program."""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from app.commands.audit_arguments import add_audit
from app.commands.face_arguments import add_face
from app.commands.hall_arguments import add_hall
from app.commands.keys_arguments import add_keys
from app.commands.operations_arguments import add_operations
from app.commands.passport_arguments import add_passport
from app.commands.retention_arguments import add_retention
from app.commands.sender_arguments import add_sender
from app.commands.watchlist_arguments import add_watchlist

Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its result is the exit code. Errors of use and of set-up are said in a line."""
    arguments = _parser().parse_args(argv)
    command: Command = arguments.command
    try:
        return command(arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output went away
        sys.stderr.close()
        return 0
    except Exception as error:
        if (said := _known(error)) is None:
            raise
        print(f"egate: {said}", file=sys.stderr)
        return 2


def _known(error: Exception) -> str | None:
    from app.kernel.errors import EgateError, SetupError

    if isinstance(error, SetupError):
        return str(error)
    if isinstance(error, EgateError):
        return f"{error.title} ({error.code}){': ' + error.detail if error.detail else ''}"
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="egate", description="Passenger e-Gate risk screening: one program, many commands."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _run_commands(commands)
    _data_commands(commands)
    _people_commands(commands)
    add_keys(commands, _add)
    add_watchlist(commands, _add)
    add_passport(commands, _add)
    add_audit(commands, _add)
    add_retention(commands, _add)
    add_operations(commands, _add)
    described = _add(commands, "api", describe_api, "print the API's description or its problems")
    described.add_argument("what", choices=["openapi", "problems"])
    add_face(commands, _add, evaluate_faces)
    return parser


Subparsers = argparse._SubParsersAction  # noqa: SLF001  # argparse has no public name for it


def _add(
    commands: "Subparsers[argparse.ArgumentParser]", name: str, command: Command, text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(command=command)
    return parser


def _run_commands(commands: "Subparsers[argparse.ArgumentParser]") -> None:
    for name, command, text in (
        ("serve", serve, "the HTTP program: machine API and faces"),
        ("work", work, "a worker: messages, screening, holds"),
        ("migrate", migrate, "bring the database to the newest schema"),
    ):
        _add(commands, name, command, text)
    checked = _add(commands, "health", health, "exit 0 if the server (or the database) is ready")
    checked.add_argument("--url", help="address to ask instead of the program's own /health/ready")
    checked.add_argument("--database", action="store_true", help="ask the database instead")
    kiosk = _add(commands, "kiosk", run_kiosk, "a simulated kiosk or lane with its own page")
    kiosk.add_argument("--server", default="http://127.0.0.1:8000", help="address of the service")
    kiosk.add_argument(
        "--credentials", type=Path, required=True, action="append", help="file of `egate device`"
    )
    kiosk.add_argument("--tray", type=Path, help="JSON file of passports and phones to pick up")
    kiosk.add_argument(
        "--authorities", type=Path, help="certificates or a master list: chips are verified by it"
    )
    kiosk.add_argument(
        "--revoked", type=Path, action="append", default=[], help="revocation list of an authority"
    )
    kiosk.add_argument("--staff-pin", type=Path, help="file of the PIN that opens the staff's menu")
    kiosk.add_argument("--host", default="127.0.0.1")
    kiosk.add_argument("--port", type=int, default=8010)
    kiosk.add_argument(
        "--keys-turned", action="store_true", help="take the lanes into service at the start"
    )
    simulation = _add(
        commands, "simulate", run_simulation, "the demo's airlines, travellers and officers"
    )
    simulation.add_argument("--config", type=Path, required=True, help="the demo's private file")
    simulation.add_argument("--scenarios", action="store_true", help="play the scenarios and end")
    simulation.add_argument("--json", action="store_true", help="one JSON line per traveller")
    seeded = _add(commands, "seed", run_seed, "halls, devices, officers and rules of the demo")
    seeded.add_argument("--folder", type=Path, required=True, help="for the demo's private files")
    seeded.add_argument("--server", default="http://127.0.0.1:8000", help="address of the service")
    example = _add(commands, "example", write_example, "one invented traveller, to try with curl")
    example.add_argument("folder", type=Path, help="where to write message, declaration, passport")
    _traffic_command(commands)
    demo = _add(
        commands, "demo", run_demo, "everything at once: database, server, worker, a live hall"
    )
    demo.add_argument("--headless", action="store_true", help="run the scenarios once and end")
    demo.add_argument("--json", action="store_true", help="one JSON line per traveller")
    demo.add_argument("--port", type=int, default=8000)
    demo.add_argument("--kiosk-port", type=int, default=8010)


def _traffic_command(commands: "Subparsers[argparse.ArgumentParser]") -> None:
    traffic = _add(
        commands,
        "traffic",
        make_traffic,
        "an invented day of airline messages, reproducible by seed",
    )
    traffic.add_argument("--flights", type=int, default=40, help="that land on the day")
    traffic.add_argument("--day", type=date.fromisoformat, help="YYYY-MM-DD at the site; today")
    traffic.add_argument("--site", default="NRT", help="airport where the flights land")
    traffic.add_argument("--seed", type=int, default=0)
    traffic.add_argument("--dirt", type=float, default=0.0, help="share of faulty messages, people")
    traffic.add_argument(
        "--trouble", type=float, default=0.06, help="share of flights not as planned"
    )
    traffic.add_argument("--carrier", action="append", default=[], help="only this one; repeatable")
    traffic.add_argument("--seats", type=int, nargs=2, default=(70, 400), metavar=("MIN", "MAX"))
    traffic.add_argument("--out", type=Path, help="new folder for messages, truth and manifest")
    traffic.add_argument("--send", metavar="URL", help="address of a service to post them to")
    traffic.add_argument(
        "--sender-token-file", type=Path, help="a token, or a JSON object of tokens by sender"
    )
    traffic.add_argument("--speed", type=float, default=0.0, help="times real time; 0 = no waiting")


def _data_commands(commands: "Subparsers[argparse.ArgumentParser]") -> None:
    parse = _add(commands, "parse", parse_files, "read airline messages; one JSON line per message")
    parse.add_argument("files", nargs="+", metavar="FILE")
    ingest = _add(commands, "ingest", ingest_files, "store and apply airline messages")
    ingest.add_argument("files", nargs="+", type=Path, metavar="FILE")
    ingest.add_argument("--sender", required=True, help="name of the sender they come from")
    _add(
        commands, "replay", replay_failed,
        "let workers try again the messages that the program itself stumbled on",
    )  # fmt: skip
    watched = _add(commands, "watch", watch, "take messages from a folder and from queues")
    watched.add_argument("--folder", type=Path, help="has a folder of its name for each sender")
    watched.add_argument("--queue", action="append", default=[], metavar="QUEUE=SENDER")
    credential = commands.add_parser("credential", help="declaration credentials (QR codes)")
    kinds = credential.add_subparsers(required=True, metavar="ACTION")
    opened = _add(kinds, "open", open_credential, "check a credential and print its claims as JSON")
    opened.add_argument("--keys", type=Path, help="JSON file with authority and decryption keys")
    opened.add_argument("--now", type=int, help="seconds since 1970, instead of the clock")
    opened.add_argument("text", help="the text of the code")
    forms = commands.add_parser("questionnaire", help="files of questionnaires")
    checks = forms.add_subparsers(required=True, metavar="ACTION")
    form = _add(checks, "check", check_questionnaire, "say what is wrong with a file, and where")
    form.add_argument("file", type=Path)
    weekly = commands.add_parser("exchange", help="files of customs' exchange rates")
    checks = weekly.add_subparsers(required=True, metavar="ACTION")
    rates = _add(checks, "check", check_exchange, "say what is wrong with a file, and where")
    rates.add_argument("file", type=Path)
    drawn = _add(commands, "controls", set_controls, "set the share of travellers drawn by lot")
    drawn.add_argument("share", type=float, help="0 to 1; 0.01 without a word")
    rules = _add(commands, "rules", rules_action, "install the starting rule set; judge again")
    rules.add_argument("action", choices=["install", "recompute"])
    rules.add_argument("--hours", type=int, default=24, help="how far back to judge again")
    law = _add(commands, "jurisdiction", set_law, "choose what may be used for what")
    law.add_argument("profile", help="neutral, eu, or a TOML or JSON file")


def _people_commands(commands: "Subparsers[argparse.ArgumentParser]") -> None:
    from app.identity.permissions import Role

    user = _add(commands, "user", create_user, "add an officer and print a one-time sign-in code")
    user.add_argument("login")
    user.add_argument("--name", default="")
    user.add_argument("--role", action="append", choices=[str(role) for role in Role], default=[])
    user.add_argument(
        "--at", action="append", metavar="PLACE", default=[],
        help="where the roles hold: terminal:NAME, hall:NAME, lane:NAME or counter:HALL/NAME; else the airport",
    )  # fmt: skip
    user.add_argument(
        "--purpose", action="append", default=[],
        help="drugs, revenue, serious_crime, biosecurity or health; else all",
    )  # fmt: skip
    user.add_argument("--link", action="append", metavar="PROVIDER=SUBJECT", default=[])
    add_sender(commands, _add)
    add_hall(commands, _add, plan_hall)
    device = _add(
        commands, "device", enrol_device,
        "`device code NAME`: a one-time code for a kiosk or a lane; `device NAME --out FILE`: enrol it here",
    )  # fmt: skip
    device.add_argument("name", nargs="+", help="the device's name, after `code` for a code")
    device.add_argument("--kind", choices=["kiosk", "lane"], required=True)
    device.add_argument("--hall", required=True, help="name of the hall")
    device.add_argument("--out", type=Path, help="file for the device's secret key")
    device.add_argument(
        "--assisted", action="store_true", help="a wide lane, where an officer lets in several"
    )
    enrol = _add(commands, "enrol", enrol_self, "at a device: make its key and enrol it by a code")
    enrol.add_argument("name")
    enrol.add_argument("--server", default="http://127.0.0.1:8000", help="address of the service")
    enrol.add_argument("--out", type=Path, required=True, help="file for the device's secret key")
    enrol.add_argument("--code", help="the one-time code; without it, it is asked for")
    enrol.add_argument("--root", default="", help="the site's EGATE_TRUST_ROOT, for checks offline")


def serve(arguments: argparse.Namespace) -> int:
    del arguments
    from app.commands.run import serve as run

    return run()


def work(arguments: argparse.Namespace) -> int:
    del arguments
    from app.commands.run import work as run

    return run()


def migrate(arguments: argparse.Namespace) -> int:
    del arguments
    from app.config import Settings
    from app.runtime import open_runtime

    open_runtime(Settings(), migrate=True)
    return 0


def describe_api(arguments: argparse.Namespace) -> int:
    from app.commands.api import print_description as run

    return run(arguments.what)


def health(arguments: argparse.Namespace) -> int:
    from app.commands.run import database_health
    from app.commands.run import health as run

    return database_health() if arguments.database else run(arguments.url)


def run_kiosk(arguments: argparse.Namespace) -> int:
    from kiosk_sim.agent import Options
    from kiosk_sim.agent import main as run

    given = {name: vars(arguments)[name] for name in Options.__dataclass_fields__}
    return run(Options(**given))


def run_simulation(arguments: argparse.Namespace) -> int:
    from kiosk_sim.simulate import run

    return run(arguments.config, scenarios=arguments.scenarios, as_json=arguments.json)


def run_seed(arguments: argparse.Namespace) -> int:
    from app.demo import seed_only

    return seed_only(arguments.folder, arguments.server)


def write_example(arguments: argparse.Namespace) -> int:
    from app.demo import example

    return example(arguments.folder)


def make_traffic(arguments: argparse.Namespace) -> int:
    from kiosk_sim.traffic.command import main as run
    from kiosk_sim.traffic.schedule import Plan

    if not (arguments.out or arguments.send):
        return _wrong_use("traffic: --out or --send")
    if bool(arguments.send) != bool(arguments.sender_token_file):
        return _wrong_use("traffic: --send and --sender-token-file go together")
    try:
        plan = Plan(
            arguments.flights, arguments.day or datetime.now(UTC).date(), arguments.site,
            arguments.seed, arguments.dirt, arguments.trouble, tuple(arguments.carrier),
            tuple(arguments.seats),
        )  # fmt: skip
    except ValueError as error:
        return _wrong_use(f"traffic: {error}")
    return run(plan, arguments.out, arguments.send, arguments.sender_token_file, arguments.speed)


def _wrong_use(text: str) -> int:
    print(f"egate {text}", file=sys.stderr)
    return 2


def run_demo(arguments: argparse.Namespace) -> int:
    from app.demo import headless, live

    if arguments.headless:
        return headless(as_json=arguments.json)
    return live(arguments.port, arguments.kiosk_port)


def evaluate_faces(arguments: argparse.Namespace) -> int:
    from kiosk_sim.face.evaluate import main as run

    given = arguments
    return run(given.dir, given.labels, given.each, given.svg, as_json=given.json)


def parse_files(arguments: argparse.Namespace) -> int:
    from app.formats.messages import main_lines

    for line in main_lines(arguments.files):
        print(line, flush=True)
    return 0


def replay_failed(arguments: argparse.Namespace) -> int:
    del arguments
    from app.commands.data import replay_failed as run

    return run()


def ingest_files(arguments: argparse.Namespace) -> int:
    from app.commands.data import ingest

    return ingest(arguments.files, arguments.sender)


def watch(arguments: argparse.Namespace) -> int:
    from app.commands.watch import watch as run

    return run(arguments.folder, arguments.queue)


def open_credential(arguments: argparse.Namespace) -> int:
    from app.commands.credential import open_credential as run

    return run(arguments.text, arguments.keys, arguments.now)


def check_questionnaire(arguments: argparse.Namespace) -> int:
    from app.commands.questionnaire import check_questionnaire as run

    return run(arguments.file)


def check_exchange(arguments: argparse.Namespace) -> int:
    from app.commands.questionnaire import check_exchange as run

    return run(arguments.file)


def rules_action(arguments: argparse.Namespace) -> int:
    """``egate rules``."""
    from app.commands.data import install_rules, recompute_rules

    return recompute_rules(arguments.hours) if arguments.action == "recompute" else install_rules()


def set_law(arguments: argparse.Namespace) -> int:
    """``egate jurisdiction``."""
    from app.commands.data import choose_jurisdiction

    return choose_jurisdiction(arguments.profile)


def set_controls(arguments: argparse.Namespace) -> int:
    from app.commands.data import set_controls as run

    return run(arguments.share)


def create_user(arguments: argparse.Namespace) -> int:
    from app.commands.people import create_user as run

    given = arguments
    return run(given.login, given.name, given.role, given.at, given.purpose, given.link)


def plan_hall(arguments: argparse.Namespace) -> int:
    from kiosk_sim.plan.command import Options
    from kiosk_sim.plan.command import main as run

    given = vars(arguments) | {"target": arguments.target_wait}
    return run(Options(**{name: given[name] for name in Options.__dataclass_fields__}))


def enrol_device(arguments: argparse.Namespace) -> int:
    from app.commands.people import enrol_device as run

    return run(
        arguments.name, arguments.kind, arguments.hall, arguments.out, assisted=arguments.assisted
    )


def enrol_self(arguments: argparse.Namespace) -> int:
    from getpass import getpass

    from kiosk_sim.keyring import enrol

    code = arguments.code or getpass("Code: ")
    return enrol(arguments.server, arguments.name, code, arguments.out, arguments.root)
