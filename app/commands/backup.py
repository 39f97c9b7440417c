"""Backups and restores, from the command line: JSON for programs."""

import json
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.audit.sealing import signer, signer_named
from app.commands.audit import read_key, read_notes
from app.commands.data import connected
from app.config import Settings
from app.formats.signed_note import Verifier
from app.kernel.clock import system_clock
from app.kernel.db import check_url, normalise_url
from app.kernel.errors import SetupError
from app.kernel.keyring import KeyKind
from app.operations import backup as backups
from app.operations.manifest import Manifest, read_manifest
from app.operations.restore import restore, settle_recovered
from app.runtime import backup_folder, kept_days, known_vault, open_runtime, snapshot_folder


def make(to: Path | None, jobs: int) -> int:
    """``egate backup``: a new one; prints where it is and what is in it."""
    settings = Settings()
    folder = _folder(settings, to)
    runtime = open_runtime(settings)
    source = backups.Source(
        runtime.owner_url, runtime.vault, settings.site, snapshot_folder(settings)
    )
    made = backups.make_backup(source, folder, system_clock(), jobs=jobs)
    _print(_line(made, settings))
    return 0


def list_all(to: Path | None) -> int:
    """``egate backup list``: a line of JSON each, oldest first; exit 1 where one cannot be read."""
    settings = Settings()
    found = backups.list_backups(_folder(settings, to))
    for one in found:
        _print(_line(one, settings))
    return 1 if any(one.manifest is None for one in found) else 0


def expire(to: Path | None) -> int:
    """``egate backup expire``: remove what is past the shortest clock of what is in it."""
    settings = Settings()
    kept = timedelta(days=kept_days(settings).backup)
    for path in backups.expire_backups(_folder(settings, to), system_clock(), kept):
        _print({"removed": str(path)})
    return 0


def restore_one(
    backup: Path, to: str | None, snapshots: Path | None, keys: Sequence[Path], jobs: int
) -> int:
    """``egate restore``: what was restored, how fast, and what to do next."""
    settings = Settings()
    manifest = read_manifest(backup)
    trusted = _trusted(settings, manifest, keys)
    url = _target(settings, to)
    done = restore(backup, url, trusted, system_clock(), jobs=jobs, snapshots=snapshots)
    _print(
        {
            "restored": str(backup), "made_at": manifest.made_at.isoformat(),
            "rows": sum(manifest.tables.values()), "entries": done.report.entries,
            "trail": {"size": done.report.size, "intact": done.report.is_intact},
            "seconds": round(done.seconds, 1),
            "gigabytes_per_minute": round(done.gigabytes_per_minute, 2),
        }
    )  # fmt: skip
    for said in ("egate migrate", "egate retention run", "egate doctor"):
        print(f"egate: next: {said}", file=sys.stderr)
    return 0


def settle(checkpoints: Sequence[Path], keys: Sequence[Path]) -> int:
    """``egate recovered``: for the configured database."""
    witnesses = read_notes(checkpoints)
    with connected() as (runtime, database):
        with database.read() as session:
            own = signer(session, runtime.vault).verifier()
        trusted = [read_key(path) for path in keys] or [own]
        report = settle_recovered(runtime.owner_url, trusted, system_clock(), witnesses)
    _print({"intact": report.is_intact, "entries": report.entries, "size": report.size})
    return 0


def _folder(settings: Settings, to: Path | None) -> Path:
    folder = to or backup_folder(settings)
    if folder is None:
        raise SetupError("EGATE_BACKUPS names no folder, and --to none either")
    return folder


def _target(settings: Settings, to: str | None) -> str:
    if to is None:
        return open_runtime(settings).owner_url
    try:
        check_url(to)
    except ValueError:
        raise SetupError("--to must be postgresql://user:password@host/database") from None
    return normalise_url(to)


def _trusted(settings: Settings, manifest: Manifest, keys: Sequence[Path]) -> list[Verifier]:
    """Keys of files, else the one of the master secret, which has to be here then with the ring of the backup."""
    if keys:
        return [read_key(path) for path in keys]
    vault = known_vault(settings)
    if vault is None:
        raise SetupError(
            "EGATE_SECRET is not set: a backup is checked by its key, or by --key FILE (egate audit key)"
        )
    mine = {key.id.hex() for key in vault.ring.of(KeyKind.SEAL)}
    if missing := sorted(set(manifest.keys) - mine):
        raise SetupError(
            f"what is sealed in the backup needs the keys {', '.join(missing)}: EGATE_SECRET and EGATE_KEYRING must be those of its time"
        )
    name = manifest.trail.key.partition("+")[0]
    return [signer_named(name, vault).verifier()]


def _line(one: backups.Kept, settings: Settings) -> dict[str, Any]:
    if one.manifest is None:
        return {"backup": str(one.path), "readable": False}
    made = one.manifest
    until = made.made_at + timedelta(days=kept_days(settings).backup)
    return {
        "backup": str(one.path), "made_at": made.made_at.isoformat(timespec="seconds"),
        "until": until.isoformat(timespec="seconds"), "schema": made.schema,
        "rows": sum(made.tables.values()), "trail": made.trail.size,
        "database_bytes": made.database_bytes,
        "bytes": sum(path.stat().st_size for path in one.path.rglob("*") if path.is_file()),
    }  # fmt: skip


def _print(said: dict[str, Any]) -> None:
    print(json.dumps(said), flush=True)
