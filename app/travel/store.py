"""Write the people of a flight that a batch changed: one statement for all their tables.

The rows go out as one JSON document and come back as rows of the tables' own types
(``jsonb_populate_recordset``), so a batch costs one round trip however many people it has. Foreign keys are
checked when the statement ends; what it deletes and inserts are never the same rows.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.kernel import events
from app.kernel.crypto import Vault
from app.kernel.ids import uuid7
from app.travel import travellers
from app.travel.roster import COLUMNS, DocumentKey, Entry, Roster

Rows = list[dict[str, Any]]


def _insert(table: str, part: str, columns: Iterable[str]) -> str:
    names = ", ".join(columns)
    return f"insert into {table} ({names}) select {names} from {_rows(table, part)}"  # noqa: S608  # our own names


def _rows(table: str, part: str) -> str:
    row = f"cast(null as {table})"
    return f"jsonb_populate_recordset({row}, (select sent -> '{part}' from given))"  # noqa: S608


_NEW = ("id", "flight_id", *COLUMNS, "facts_version", "assessed_version", "version")
_SET = ", ".join(f"{name} = r.{name}" for name in COLUMNS)
_KEYS = ("document_keys", "person_keys")
_LINK = ("id", "passenger_id", "traveller_id", "state", "evidence", "score", *_KEYS)
_DOCUMENT = (
    "id", "passenger_id", "type", "number", "number_key", "issuer", "nationality", "issued_on",
    "expires_on", "source",
)  # fmt: skip
_DOCUMENT_KEY = ("passenger_id", "type", "issuer", "number_key")

_WRITE = sa.text(
    f"""
with given as materialized (select cast(:sent as jsonb) as sent),
made_parties as ({_insert("party", "parties", ("id", "flight_id"))}),
made_travellers as ({_insert("traveller", "travellers", ("id", *_KEYS))}),
grown_travellers as (
    update traveller t set document_keys = r.document_keys, person_keys = r.person_keys
    from {_rows("traveller", "grown")} r where t.id = r.id
),
added as ({_insert("passenger", "added", _NEW)}),
changed as (
    update passenger p set {_SET},
        facts_version = p.facts_version + r.facts_version, version = p.version + 1
    from {_rows("passenger", "changed")} r where p.id = r.id
),
links as (
    insert into identity_link as old ({", ".join(_LINK)})
    select {", ".join(_LINK)} from {_rows("identity_link", "links")}
    on conflict (passenger_id, traveller_id) do update set
        document_keys = excluded.document_keys, person_keys = excluded.person_keys,
        evidence = case when old.state = excluded.state then old.evidence else excluded.evidence end,
        score = case when old.state = excluded.state then old.score else excluded.score end,
        state = excluded.state
    where old.state <> 'undone'
),
gone as (
    delete from document d using {_rows("document", "gone")} r
    where {" and ".join(f"d.{name} = r.{name}" for name in _DOCUMENT_KEY)}
),
versions as (
    {_insert("passenger_version", "versions", ("id", "passenger_id", "message_id", "prepared_at", "record"))}
    on conflict do nothing
)
{_insert("document", "documents", _DOCUMENT)}
on conflict ({", ".join(_DOCUMENT_KEY)}) do update set
    number = excluded.number, nationality = excluded.nationality, issued_on = excluded.issued_on,
    expires_on = excluded.expires_on, source = excluded.source
"""  # noqa: S608  # our own names; the values are a parameter
)


def save(session: Session, vault: Vault, roster: Roster, parties: Rows) -> None:
    """Write all changed entries, with documents, versions, travellers, new parties and events."""
    changed = [entry for entry in roster.entries.values() if entry.dirty]
    if not changed:
        return
    linking = travellers.plan(session, [_candidate(vault, one) for one in changed if one.facts])
    for entry in changed:
        entry.traveller_id = linking.chosen.get(entry.id, entry.traveller_id)
    sent = {
        "parties": parties,
        **linking.rows(),
        "added": [_new(roster, entry) for entry in changed if entry.is_new],
        "changed": [_changed(entry) for entry in changed if not entry.is_new],
        "versions": [row for entry in changed for row in _versions(entry)],
        **_documents(changed),
    }
    session.execute(_WRITE, {"sent": json.dumps(sent, default=_text)})
    linking.forget_stale(session)
    _announce(session, roster, changed)


def _text(value: Any) -> str:
    """What JSON has no type for, as PostgreSQL reads it: dates, times, ids, bytes."""
    return "\\x" + value.hex() if isinstance(value, bytes) else str(value)


def _announce(session: Session, roster: Roster, changed: Sequence[Entry]) -> None:
    seen = [entry for entry in changed if entry.facts]
    for entry in changed:
        entry.settle()
    announced = [(entry.id, entry.version) for entry in seen]
    events.emit_many(session, "passenger.changed", announced, site=roster.site)


def _candidate(vault: Vault, entry: Entry) -> travellers.Candidate:
    birth = entry.birth_date.isoformat() if entry.birth_date else None
    keys = travellers.keys_of(vault, entry.documents, entry.name_key, birth)
    return travellers.Candidate(entry.id, entry.traveller_id, keys)


def _new(roster: Roster, entry: Entry) -> dict[str, Any]:
    first = {"facts_version": 1, "assessed_version": 0, "version": 1}
    return {"id": entry.id, "flight_id": roster.flight_id, **entry.row(), **first}


def _changed(entry: Entry) -> dict[str, Any]:
    """The row; its ``facts_version`` is by how much the stored one grows."""
    return {"id": entry.id, **entry.row(), "facts_version": int(entry.facts)}


def _versions(entry: Entry) -> Rows:
    return [{"id": uuid7(), "passenger_id": entry.id, **one} for one in entry.versions]


def _documents(entries: Sequence[Entry]) -> dict[str, Rows]:
    gone: Rows = []
    kept: Rows = []
    for entry in entries:
        for key in entry.stored_documents.keys() - entry.documents.keys():
            gone.append({"passenger_id": entry.id, **_key_columns(key)})
        for key, one in entry.documents.items():
            if entry.stored_documents.get(key) != one:
                kept.append(_document(entry.id, key, one))
        entry.stored_documents = dict(entry.documents)
    return {"gone": gone, "documents": kept}


def _key_columns(key: DocumentKey) -> dict[str, str]:
    return {"type": key[0], "issuer": key[1], "number_key": key[2]}


def _document(passenger_id: UUID, key: DocumentKey, one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": uuid7(), "passenger_id": passenger_id, **_key_columns(key),
        "number": one.get("number", ""), "nationality": one.get("nationality"), "source": one["source"],
        "issued_on": _day(one.get("issued_on")), "expires_on": _day(one.get("expires_on")),
    }  # fmt: skip


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
