"""A list's index in a folder of its own: arrays that processes map into memory and share.

A folder is written aside, flushed to the disk and then renamed, so that it is there whole or not at all. Every array
is read once when it is opened and compared with its hash; what is damaged, of another format or normaliser,
or about something else is refused, for it is cheaper to build than to be wrong.
"""

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from risk_rules.names.normalise import NORMALISER_VERSION
from risk_rules.names.spellings import Arrays

FORMAT = 4
_META = "snapshot.json"


class SnapshotError(Exception):
    """The folder holds no snapshot that can be used."""


def save(folder: Path, arrays: Arrays, about: Mapping[str, Any]) -> None:
    """Write a snapshot; one that is there is replaced. ``about`` says of what it is. Raises OSError."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}.tmp")
    aside.mkdir(mode=0o700)
    try:
        hashes = {name: _write(aside / f"{name}.npy", array) for name, array in arrays.items()}
        meta = {**_heading(about), "arrays": hashes}
        _flush(aside / _META, json.dumps(meta, sort_keys=True).encode())
        _sync_folder(aside)
        if folder.exists():
            folder.rename(folder.with_name(f"{aside.name}.old"))
        aside.rename(folder)
        _sync_folder(folder.parent)
    finally:
        for left in (aside, folder.with_name(f"{aside.name}.old")):
            shutil.rmtree(left, ignore_errors=True)


def load(folder: Path, about: Mapping[str, Any]) -> dict[str, npt.NDArray[Any]]:
    """The arrays, mapped. Raises SnapshotError."""
    meta = read_meta(folder)
    hashes = meta.pop("arrays", None)
    if meta != _heading(about) or not isinstance(hashes, dict):
        raise SnapshotError("of something else")
    return {name: _read(folder / f"{name}.npy", str(wanted)) for name, wanted in hashes.items()}


def read_meta(folder: Path) -> dict[str, Any]:
    """What a snapshot says of itself. Raises SnapshotError."""
    try:
        meta = json.loads((folder / _META).read_bytes())
    except (OSError, ValueError) as error:
        raise SnapshotError("not readable") from error
    if not isinstance(meta, dict):
        raise SnapshotError("not readable")
    return meta


def _heading(about: Mapping[str, Any]) -> dict[str, Any]:
    return {"format": FORMAT, "normaliser": NORMALISER_VERSION, "about": dict(about)}


def _write(path: Path, array: npt.NDArray[Any]) -> str:
    with _new(path) as file:
        np.save(file, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    return _hash(np.ascontiguousarray(array))


def _read(path: Path, wanted: str) -> npt.NDArray[Any]:
    try:
        array: npt.NDArray[Any] = np.load(path, allow_pickle=False, mmap_mode="r")
    except ValueError:  # nothing in it: cannot be mapped
        array = _read_plainly(path)
    except OSError as error:
        raise SnapshotError("not readable") from error
    if _hash(array) != wanted:
        raise SnapshotError("damaged")
    return np.asarray(array)  # a plain array over the same pages


def _read_plainly(path: Path) -> npt.NDArray[Any]:
    try:
        array: npt.NDArray[Any] = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise SnapshotError("not readable") from error
    return array


def _hash(array: npt.NDArray[Any]) -> str:
    shape = f"{array.dtype.str}{array.shape}".encode()
    found = blake2b(shape, digest_size=16)
    content: Any = array.reshape(-1).view(np.uint8)
    found.update(content)
    return found.hexdigest()


def _flush(path: Path, content: bytes) -> None:
    with _new(path) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _new(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
