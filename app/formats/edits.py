"""Whether a word was damaged by one edit."""


def is_edited(sent: str, meant: str) -> bool:
    """Whether one character was lost, put in or changed, or two were swapped."""
    pairs = enumerate(zip(sent, meant, strict=False))
    same = next((at for at, (a, b) in pairs if a != b), min(len(sent), len(meant)))
    one, other = sent[same:], meant[same:]
    swapped = one[:2] == other[1::-1] and one[2:] == other[2:]
    return swapped or one[1:] in (other, other[1:]) or one == other[1:]
