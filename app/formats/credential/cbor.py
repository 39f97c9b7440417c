"""The CBOR gate: one byte string for each value, and only plain values.

Profile: definite lengths, shortest integers, sorted unique integer keys; int64, byte and text
strings, booleans, null, arrays and maps; no tags, no floats; nothing after the item.
"""

from typing import Any, NoReturn

import cbor2

from app.formats.credential.errors import CredentialError

MAX_DEPTH = 5
_INT64 = 2**63
# cbor2 would build dates, patterns, decimals and cyclic objects from these tags before the
# whitelist below sees them; unknown tags stay CBORTag and fall there.
_BUILT_IN_TAGS = (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54)
_LATER_TAGS = (100, 256, 258, 260, 261, 1004, 43000, 55799)


def _refuse_tag(*_: object) -> NoReturn:
    raise ValueError("tags are outside the profile")


_REFUSED = dict.fromkeys(_BUILT_IN_TAGS + _LATER_TAGS, _refuse_tag)


def loads(data: bytes) -> Any:
    """Read one item of the profile. Raises CredentialError cbor_invalid for anything else."""
    try:
        value = cbor2.loads(
            data,
            max_depth=MAX_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            semantic_decoders=_REFUSED,
        )
        # one comparison kills trailing bytes, long-form integers and unsorted keys
        accepted = is_plain(value) and dumps(value) == data
    except Exception:  # noqa: BLE001  # a native parser on foreign bytes: whatever it raises is a refusal
        raise CredentialError("cbor_invalid") from None
    if not accepted:
        raise CredentialError("cbor_invalid")
    return value


def dumps(value: Any) -> bytes:
    """Write a value deterministically.

    cbor2 sorts map keys length-first, RFC 8949 bytewise; for the keys of this format both give
    the same order, so browsers that sort bytewise write the same bytes.
    """
    return cbor2.dumps(value, canonical=True)


def is_plain(value: Any) -> bool:
    """Say whether a value is made only of what the profile allows.

    Needed beside the comparison: decimals, NaN, undefined and big integers survive it. The type
    is compared, not asked with isinstance, since True is an int.
    """
    kind = type(value)
    if kind is int:
        return bool(-_INT64 <= value < _INT64)
    if kind is list:
        return all(is_plain(item) for item in value)
    if kind is dict:
        return all(
            type(key) is int and is_plain(key) and is_plain(item) for key, item in value.items()
        )
    return kind in (str, bytes, bool, type(None))
