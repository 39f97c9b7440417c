"""OFAC's list of Specially Designated Nationals as XML (sdn.xml, Data Specification of 25 September 2023).

One ``sdnEntry`` is held at a time. A file that ends early, or holds another number of entries than its
``Record_Count``, says so: whoever replaces a list by it must not take what is missing for taken off.
"""

from collections.abc import Iterable, Iterator, Sequence

from app.formats import edifact
from app.formats.listed.model import (
    BrokenFileError,
    Fault,
    Found,
    Person,
    Skipped,
    births,
    country_named,
    sex_named,
)
from app.formats.pnrgov.xml_tree import Feeder, Node

MOST_ELEMENTS = 20_000_000
_PAPERS = ("passport", "national id", "identification", "cedula", "travel document", "id card",
           "identity card")  # fmt: skip


def read_sdn(chunks: Iterable[bytes]) -> Iterator[Found]:
    """What the entries say, in the order of the file. Raises :class:`BrokenFileError`."""
    reading = _Reading()
    feeder = Feeder(reading.take, MOST_ELEMENTS)
    for chunk in chunks:
        _go_on(feeder.feed(chunk))
        yield from reading.drain()
    _go_on(feeder.close())
    yield from reading.drain()
    if not reading.is_list:
        raise BrokenFileError("not_sdn_xml")
    if reading.announced is not None and reading.announced != reading.seen:
        yield Fault(0, "record_count")


def _go_on(faults: Sequence[edifact.Fault]) -> None:
    for fault in faults:
        raise BrokenFileError(fault.code, (fault.position and fault.position.segment) or 0)


class _Reading:
    """Takes entries out of the tree while it grows."""

    def __init__(self) -> None:
        self.found: list[Found] = []
        self.seen = 0
        self.announced: int | None = None
        self.is_list = False

    def take(self, node: Node) -> bool:
        if node.name == "sdnEntry":
            self.seen += 1
            self.found += _entry(node)
            return True
        if node.name == "Record_Count":
            text = node.words()
            self.announced = int(text) if text.isdecimal() and len(text) < 10 else None
        self.is_list = self.is_list or node.name == "sdnList"
        return False

    def drain(self) -> list[Found]:
        found, self.found = self.found, []
        return found


def _entry(node: Node) -> Iterator[Found]:
    key, kind = node.first("uid").words(), node.first("sdnType").words()
    if kind.casefold() != "individual":
        yield Skipped(node.line, kind.casefold() or "unknown")
        return
    if not key:
        yield Fault(node.line, "/key missing")
        return
    faults: list[Fault] = []
    states = _states(node, key, faults)
    papers = tuple(_documents(node, key, faults))
    born = tuple(_born(node, key, faults))
    yield Person(
        line=node.line, key=key, names=tuple(_names(node)), births=born,
        nationality=states[0] if len(states) == 1 else "", documents=papers,
        sex=sex_named(_genders(node)), category=_programs(node)[:64], reason=_reason(node),
    )  # fmt: skip
    yield from faults


def _genders(node: Node) -> list[str]:
    """What the list has among the papers."""
    papers = node.first("idList").all("id")
    kinds = [
        (one.first("idType").words().casefold(), one.first("idNumber").words()) for one in papers
    ]
    return [said for kind, said in kinds if kind == "gender"]


def _names(node: Node) -> Iterator[tuple[str, str]]:
    for one in (node, *node.first("akaList").all("aka")):
        surname, given = one.first("lastName").words(), one.first("firstName").words()
        if surname or given:
            yield (surname, given) if surname else (given, "")


def _born(node: Node, key: str, faults: list[Fault]) -> Iterator[str]:
    for item in node.first("dateOfBirthList").all("dateOfBirthItem"):
        found = births(item.first("dateOfBirth").words())
        if not found:
            faults.append(Fault(item.line, "bad_birth_date", key, partial=True))
        yield from found


def _states(node: Node, key: str, faults: list[Fault]) -> list[str]:
    """Nationalities and citizenships, each once."""
    found: list[str] = []
    for around, one in (("nationalityList", "nationality"), ("citizenshipList", "citizenship")):
        for item in node.first(around).all(one):
            code = country_named(item.first("country").words())
            if not code:
                faults.append(Fault(item.line, "unknown_country", key, partial=True))
            elif code not in found:
                found.append(code)
    return found


def _documents(node: Node, key: str, faults: list[Fault]) -> Iterator[tuple[str, str]]:
    for item in node.first("idList").all("id"):
        kind, number = item.first("idType").words().casefold(), item.first("idNumber").words()
        if not number or not any(paper in kind for paper in _PAPERS):
            continue
        name = item.first("idCountry").words()
        issuer = country_named(name)
        if name and not issuer:
            faults.append(Fault(item.line, "unknown_country", key, partial=True))
        yield number, issuer


def _programs(node: Node) -> str:
    return ", ".join(one.words() for one in node.first("programList").all("program"))


def _reason(node: Node) -> str:
    said = [_programs(node), node.first("title").words(), node.first("remarks").words()]
    return "; ".join(one for one in said if one)
