"""The ring of keys and the inventory, from the command line: lines of JSON, nothing secret among them.

A key is changed in two steps, so that no process meets what it cannot read: ``rotate`` makes a key that waits,
every process is started again and knows it, ``use`` makes it the current one, every process is started again.
``reencrypt`` then puts what is kept under it, and ``forget`` drops the former one.
"""

import json
import secrets
from collections.abc import Iterable
from typing import Any

from app.audit import log as audit
from app.audit.log import SYSTEM
from app.config import Settings
from app.kernel.clock import system_clock
from app.kernel.crypto import Vault
from app.kernel.errors import SetupError
from app.kernel.keyring import KeyKind, Ring, RingKey, write_ring
from app.keys import inventory
from app.keys.people import rekey_travellers
from app.keys.resealing import reseal
from app.runtime import Runtime, open_runtime, ring_path


def show_inventory() -> int:
    """``egate keys inventory``: all keys and secrets; exit 1 where one is due to be changed."""
    runtime, now = open_runtime(Settings()), system_clock()
    lines = _read(runtime)
    _print(line.wire() | {"due": line.is_due(now)} for line in lines)
    return 1 if any(line.is_due(now) for line in lines) else 0


def rotate(name: str) -> int:
    """``egate keys rotate``: make a key that waits."""
    kind, runtime, now = KeyKind(name), open_runtime(Settings()), system_clock()
    ring = runtime.vault.ring.with_key(kind, secrets.token_bytes(32), now)
    return _keep(runtime, ring, "key.made", ring.keys[-1])


def use(name: str) -> int:
    """``egate keys use``: make the waiting key the current one."""
    kind, runtime = KeyKind(name), open_runtime(Settings())
    ring = runtime.vault.ring.using(kind)
    return _keep(runtime, ring, "key.used", ring.of(kind)[0])


def forget(name: str, identifier: str, *, lose: bool = False) -> int:
    """``egate keys forget``: drop a key under which nothing stands any more; with ``lose`` also another one."""
    kind, runtime = KeyKind(name), open_runtime(Settings())
    wanted = next((key for key in runtime.vault.ring.of(kind) if key.id.hex() == identifier), None)
    if wanted is None:
        raise SetupError("there is no key of this id")
    ring = runtime.vault.ring.without(kind, wanted.id)
    rows = next(line.rows for line in _read(runtime) if line.id == identifier)
    if rows != 0 and not lose:
        many = "an unknown number of" if rows is None else str(rows)
        raise SetupError(f"{many} values stand under this key: --lose gives them up")
    return _keep(runtime, ring, "key.forgotten", wanted)


def reencrypt(batch: int) -> int:
    """``egate keys reencrypt``: put what is kept under the current keys; exit 1 where something does not open."""
    runtime = open_runtime(Settings())
    database, failed = runtime.database("cli"), 0
    try:
        for done in reseal(database, runtime.vault, batch):
            failed += done.failed
            _print([{"place": done.place, "sealed": done.sealed, "failed": done.failed}])
        for grown in rekey_travellers(database, runtime.vault, batch):
            _print([{"place": "traveller", "grown": grown}])
    finally:
        database.dispose()
    return 1 if failed else 0


def _read(runtime: Runtime) -> list[inventory.Line]:
    database = runtime.database("cli")
    try:
        with database.read() as session:
            return inventory.read_inventory(session, runtime.vault, system_clock())
    finally:
        database.dispose()


def _keep(runtime: Runtime, ring: Ring, action: str, key: RingKey) -> int:
    """Write the ring and record what was done; the new ring has to open before the old one goes."""
    path = ring_path(runtime.settings)
    if path is None:
        raise SetupError("EGATE_KEYRING names no file: the ring of keys is kept there")
    Vault(b"\x00" * 32, ring)
    database = runtime.database("cli")
    try:
        with database.transaction() as session:
            audit.record(
                session, SYSTEM, action, "ring_key", None, system_clock(),
                kind=key.kind, key=key.id.hex(),
            )  # fmt: skip
            write_ring(path, ring)
    finally:
        database.dispose()
    _print([{"kind": key.kind, "id": key.id.hex(), "state": key.state}])
    return 0


def _print(lines: Iterable[dict[str, Any]]) -> None:
    for line in lines:
        print(json.dumps(line))
