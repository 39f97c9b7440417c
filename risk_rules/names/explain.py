"""Why a traveller meets an entry: word by word, and what agrees beside the name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from risk_rules.names.entries import Document
from risk_rules.names.likeness import likeness
from risk_rules.names.normalise import fold_number

Told = Literal["same", "different", "unknown"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A word of the traveller and one of the list; one of them None where a word met nothing.

    `how`: same, typo, sound, article, initial, cut; extra (of the traveller), missing (of the list).
    """

    traveller: str | None
    entry: str | None
    how: str
    like: float
    weight: float

    def values(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "traveller": self.traveller, "entry": self.entry, "how": self.how,
            "like": round(self.like, 3), "weight": round(self.weight, 3),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Explained:
    """Pairs of words; the shares of the traveller's and of the list's name that met something, by weight;
    the weight of what met.
    """

    words: tuple[Pair, ...]
    ours: float
    theirs: float
    met: float


Weigh = Callable[[str], float]


def explain(
    ours: Sequence[str], theirs: Sequence[str], weigh: Weigh, weigh_listed: Weigh, *, cut: bool
) -> Explained:
    """Each word is told once, in the pair that is most alike; those that met nothing come last."""
    last = len(ours) - 1
    alike = {
        (at, place): found
        for at, one in enumerate(ours)
        for place, other in enumerate(theirs)
        if (found := likeness(one, other, cut=cut and at == last))[1]
    }
    met: dict[int, int] = {}
    taken: set[int] = set()
    for at, place in sorted(alike, key=lambda pair: (-alike[pair][0], pair)):
        if at not in met and place not in taken:
            met[at] = place
            taken.add(place)
    weights, listed = [weigh(word) for word in ours], [weigh_listed(word) for word in theirs]
    pairs = [
        Pair(ours[at], theirs[met[at]], str(alike[at, met[at]][1]), alike[at, met[at]][0], weights[at])
        for at in sorted(met)
    ]  # fmt: skip
    pairs += [
        Pair(one, None, "extra", 0, weights[at]) for at, one in enumerate(ours) if at not in met
    ]
    pairs += [
        Pair(None, other, "missing", 0, listed[place])
        for place, other in enumerate(theirs)
        if place not in taken
    ]
    return Explained(
        tuple(pairs),
        _covered(weights, alike, 0),
        _covered(listed, alike, 1),
        sum(pair.weight for pair in pairs if pair.traveller and pair.entry),
    )


def _covered(
    weights: Sequence[float], alike: dict[tuple[int, int], tuple[float, Any]], side: int
) -> float:
    best = [0.0] * len(weights)
    for pair, (like, _) in alike.items():
        best[pair[side]] = max(best[pair[side]], like)
    whole = sum(weights)
    return (
        round(sum(w * b for w, b in zip(weights, best, strict=True)) / whole, 4) if whole else 0.0
    )


def agreement(one: str, other: str) -> Told:
    """Of two codes; unknown where one is empty."""
    if not one or not other:
        return "unknown"
    return "same" if one.upper() == other.upper() else "different"


def papers(ours: Sequence[Document], theirs: Sequence[Document]) -> Told:
    """Whether a document is the same; different where the same state issued others to both."""
    numbers = {(fold_number(one.number), one.issuer.upper()) for one in ours if one.number}
    listed = {(fold_number(one.number), one.issuer.upper()) for one in theirs if one.number}
    for number, issuer in numbers:
        if any(number == other and agreement(issuer, by) != "different" for other, by in listed):
            return "same"
    states = {issuer for _, issuer in numbers if issuer} & {
        issuer for _, issuer in listed if issuer
    }
    return "different" if states else "unknown"
