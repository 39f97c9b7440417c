"""What is listed and who is asked about; entries packed so that a million take little room.

A packed entry is a line of JSON that is read again only where it hits. Ids and document numbers are found
by arrays, so that all of it can lie in a file that processes share.
"""

import json
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from risk_rules.names.birth import BirthDate
from risk_rules.names.normalise import fold_number
from risk_rules.names.spellings import Arrays, Groups

MIN_NUMBER = 5
"""Shorter folded document numbers are placeholders or noise, not identities."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in its two fields as written; a name without fields goes into `surname`.

    `cut`: it fills its machine-readable zone, so that its end may be missing.
    """

    surname: str
    given: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A travel document; the issuer as ISO 3166 alpha-3 or empty."""

    number: str
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A listed person (names: the first, then aliases) or a listed document without names.

    `sex`: M, F or empty. `about`: what the caller says of it, as JSON values; it is given back, never compared.
    """

    id: str
    names: tuple[Name, ...] = ()
    birth_dates: tuple[BirthDate, ...] = ()
    nationality: str = ""
    documents: tuple[Document, ...] = ()
    sex: str = ""
    about: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """The traveller as known: every name and document of API, booking and passport."""

    names: tuple[Name, ...] = ()
    birth_date: BirthDate | None = None
    nationality: str = ""
    documents: tuple[Document, ...] = ()
    sex: str = ""


class Entries:
    """Entries by their position, packed. Read only."""

    def __init__(self, arrays: Arrays) -> None:
        self._text, self._ends = arrays["entry_text"], arrays["entry_ends"]
        self._ids = Groups.from_arrays(arrays, "entry_id")
        self._numbers = Groups.from_arrays(arrays, "number")
        self._owners = arrays["number_owners"]

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, position: int) -> Entry:
        begin = int(self._ends[position - 1]) if position else 0
        return _unpacked(self._text[begin : int(self._ends[position])].tobytes())

    def find(self, identifier: str) -> int | None:
        """The position of an entry, None where it is not listed."""
        found = self._ids.get(identifier).tolist()
        return next((at for at in found if self[at].id == identifier), None)

    def of_number(self, number: str) -> Iterator[tuple[int, Entry, Document]]:
        """The entries that name this document, with the document as it is listed."""
        folded = fold_number(number)
        for owner in dict.fromkeys(self._owners[self._numbers.get(folded)].tolist()):
            entry = self[owner]
            for document in entry.documents:
                if fold_number(document.number) == folded:
                    yield owner, entry, document


class Packer:
    """Packs entries as they come."""

    def __init__(self) -> None:
        self._text, self._ends = bytearray(), array("q")
        self._ids: list[str] = []
        self._numbers: dict[str, list[int]] = defaultdict(list)

    def add(self, entry: Entry) -> int:
        """The position that the entry has."""
        position = len(self._ends)
        self._text += _packed(entry)
        self._ends.append(len(self._text))
        self._ids.append(entry.id)
        for document in entry.documents:
            folded = fold_number(document.number)
            if len(folded) >= MIN_NUMBER and len(set(folded)) > 1:
                self._numbers[folded].append(position)
        return position

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What :class:`Entries` is made from."""
        numbers = [number for number, owners in self._numbers.items() for _ in owners]
        owners = [owner for owners in self._numbers.values() for owner in owners]
        return {
            "entry_text": np.frombuffer(bytes(self._text), np.uint8),
            "entry_ends": np.array(self._ends, np.int64),
            "number_owners": np.array(owners, np.int32),
            **Groups.of(self._ids, len(self._ids)).arrays("entry_id"),
            **Groups.of(numbers, len(numbers)).arrays("number"),
        }


def pack(entries: Iterable[Entry]) -> Entries:
    """Packed entries, by their order."""
    packer = Packer()
    for entry in entries:
        packer.add(entry)
    return Entries(packer.arrays())


_encode = json.JSONEncoder(separators=(",", ":")).encode  # made once: a million entries are written


def _packed(entry: Entry) -> bytes:
    values = [
        entry.id,
        [[name.surname, name.given] for name in entry.names],
        [str(date) for date in entry.birth_dates],
        entry.nationality,
        [[document.number, document.issuer] for document in entry.documents],
        entry.sex,
        entry.about,
    ]
    return _encode(values).encode()


def _unpacked(text: bytes) -> Entry:
    identifier, names, births, nationality, documents, sex, about = json.loads(text)
    return Entry(
        identifier,
        tuple(Name(*name) for name in names),
        tuple(BirthDate.parse(date) for date in births),
        nationality,
        tuple(Document(*document) for document in documents),
        sex,
        about,
    )
