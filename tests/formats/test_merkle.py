"""RFC 9162 section 2.1 against its own definition, written down naively."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.merkle import (
    EMPTY,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(bytes([i])) for i in range(70)]


def definition(leaves: list[bytes]) -> bytes:
    """MTH of 2.1.1, word for word, over hashed leaves."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + definition(leaves[:k]) + definition(leaves[k:])).digest()


def subtree(start: int, end: int) -> bytes:
    return definition(LEAVES[start:end])


def test_a_root_is_what_the_standard_defines() -> None:
    assert root_of([]) == EMPTY
    for n in range(len(LEAVES) + 1):
        assert root_of(LEAVES[:n]) == definition(LEAVES[:n])


def test_leaves_and_nodes_are_never_taken_for_each_other() -> None:
    left, right = LEAVES[:2]
    assert node_hash(left, right) != leaf_hash(left + right)


def test_the_known_answer_of_the_certificate_transparency_logs() -> None:
    leaves = [leaf_hash(bytes.fromhex(one)) for one in ("", "00", "10")]
    assert leaves[0].hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert (
        root_of(leaves).hex() == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    )


@given(size=st.integers(1, 70), data=st.data())
def test_every_leaf_is_shown_to_stand_under_the_root(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(subtree, index, size)
    root = subtree(0, size)
    assert verify_inclusion(LEAVES[index], index, size, proof, root)
    other = data.draw(st.integers(0, 69).filter(lambda one: one != index))
    assert not verify_inclusion(LEAVES[other], index, size, proof, root)
    if other < size:
        assert not verify_inclusion(LEAVES[index], other, size, proof, root)
    for cut in range(len(proof)):
        assert not verify_inclusion(
            LEAVES[index], index, size, proof[:cut] + proof[cut + 1 :], root
        )
    assert not verify_inclusion(LEAVES[index], index, size, [*proof, root], root)


@given(second=st.integers(1, 70), data=st.data())
def test_a_larger_tree_is_shown_to_go_on_from_the_smaller(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, second))
    proof = consistency_proof(subtree, first, second)
    old, new = subtree(0, first), subtree(0, second)
    assert verify_consistency(first, second, old, new, proof)
    forged = leaf_hash(b"another history")
    assert not verify_consistency(first, second, forged, new, proof)
    assert not verify_consistency(first, second, old, forged, proof)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        assert not verify_consistency(
            first, second, old, new, [*proof[:place], forged, *proof[place + 1 :]]
        )
        assert not verify_consistency(first, second, old, new, proof[:-1])


@given(sizes=st.lists(st.integers(0, 20), max_size=6))
def test_a_tree_grows_by_its_peaks_alone(sizes: list[int]) -> None:
    frontier, at = Frontier(), 0
    for size in sizes:
        frontier = Frontier.read(frontier.size, frontier.written())
        nodes = frontier.extend([leaf_hash(b"%d" % i) for i in range(at, at + size)])
        at += size
        assert frontier.root() == definition([leaf_hash(b"%d" % i) for i in range(at)])
        for node in nodes:
            width = 1 << node.height
            spanned = range(node.number * width, (node.number + 1) * width)
            assert node.hash == definition([leaf_hash(b"%d" % i) for i in spanned])


def test_what_is_out_of_range_is_refused() -> None:
    for index, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(ValueError, match="no such leaf"):
            inclusion_proof(subtree, index, size)
        assert not verify_inclusion(LEAVES[0], index, size, [], LEAVES[0])
    for first, second in ((0, 3), (4, 3)):
        with pytest.raises(ValueError, match="goes from"):
            consistency_proof(subtree, first, second)
        assert not verify_consistency(first, second, EMPTY, LEAVES[0], [])
    with pytest.raises(ValueError, match="as many hashes"):
        Frontier.read(3, b"\0" * 32)
