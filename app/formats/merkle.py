"""Merkle trees of a log that only grows (RFC 9162 section 2.1), over SHA-256. Pure.

A tree of n leaves is cut at the largest power of two below n; a leaf is hashed behind 0x00, an inner node behind 0x01.
Whoever holds a root of old can be shown that a leaf stands under it (inclusion) and that a later tree only goes on from it
(consistency), with proofs of some log2(n) hashes.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

HASH_BYTES: Final = 32
EMPTY: Final = hashlib.sha256().digest()
"""The root of a tree without leaves."""

Subtree = Callable[[int, int], bytes]
"""The hash over the leaves ``start`` to ``end`` (without it), cut as in 2.1.1."""


def leaf_hash(data: bytes) -> bytes:
    """Of one entry."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Of an inner node."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Node:
    """A complete subtree: the leaves ``number * 2**height`` up to the next one of its height."""

    height: int
    number: int
    hash: bytes


@dataclass(slots=True)
class Frontier:
    """A tree that grows, by the roots of its complete subtrees alone: one for each bit of ``size``, the largest first."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    @classmethod
    def read(cls, size: int, peaks: bytes) -> "Frontier":
        """From :meth:`written`. Raises ValueError for a number of hashes that is not that of ``size``."""
        if len(peaks) != HASH_BYTES * size.bit_count():
            raise ValueError("as many hashes as the size has bits are wanted")
        return cls(size, [peaks[i : i + HASH_BYTES] for i in range(0, len(peaks), HASH_BYTES)])

    def written(self) -> bytes:
        """The peaks, one behind another."""
        return b"".join(self.peaks)

    def append(self, leaf: bytes) -> Iterator[Node]:
        """Add the hash of a leaf; gives every subtree that is complete by it, the leaf's own parent first."""
        number, height, made = self.size, 0, leaf
        while number & 1:
            made = node_hash(self.peaks.pop(), made)
            number, height = number >> 1, height + 1
            yield Node(height, number, made)
        self.peaks.append(made)
        self.size += 1

    def extend(self, leaves: Sequence[bytes]) -> list[Node]:
        """:meth:`append` for many."""
        return [node for leaf in leaves for node in self.append(leaf)]

    def root(self) -> bytes:
        """Of the tree as it stands."""
        if not self.peaks:
            return EMPTY
        *rest, made = self.peaks
        for peak in reversed(rest):
            made = node_hash(peak, made)
        return made


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over hashes of leaves."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def inclusion_proof(subtree: Subtree, index: int, size: int) -> list[bytes]:
    """The path from leaf ``index`` to the root of ``size`` leaves, lowest first (2.1.3.1). Raises ValueError out of range."""
    if not 0 <= index < size:
        raise ValueError("there is no such leaf")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _cut(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether ``leaf`` stands at ``index`` under ``root`` (2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, made = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            made = node_hash(sibling, made)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            made = node_hash(made, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and made == root


def consistency_proof(subtree: Subtree, first: int, second: int) -> list[bytes]:
    """That a tree of ``second`` leaves goes on from one of ``first`` (2.1.4.1). Raises ValueError out of range."""
    if not 0 < first <= second:
        raise ValueError("a proof goes from a tree with leaves to one as large or larger")
    path: list[bytes] = []
    start, end, whole = 0, second, True
    while first - start < end - start:
        middle = start + _cut(end - start)
        if first <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(subtree(start, end))
    return path[::-1]


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the second tree begins with all leaves of the first (2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _cut(n: int) -> int:
    """The largest power of two below ``n``, which is 2 or more."""
    return 1 << (n - 1).bit_length() - 1
