"""Conformance vectors of the wire format: ``python -m tests.formats.vectors`` writes ``credential-vectors.json``.

All invented, from fixed keys; signatures are deterministic (RFC 6979). Sealing is not, so the committed file keeps
its sealed texts; every other text is made anew by the tests. Shape: ``now``, ``today``, ``questionnaires``, ``keys`` as
`read_key_ring` takes them, ``vectors`` of ``{name, text, expect}``; ``by_content`` marks those that stand but for what
the maps in them say (an implementation that judges signature, times and shape alone opens them).
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.formats import base45
from app.formats.credential import (
    Goods,
    cbor,
    encrypt_declaration,
    key_id,
    point,
    wire_date,
)
from app.formats.credential.claims import declaration_claims, receipt_claims
from tests.formats.credentials import (
    ARRIVAL,
    AUTHORITY,
    CTI,
    DEVICE,
    ENCRYPTION,
    EXP,
    FAMILY,
    IAT,
    NOW,
    OTHER_DEVICE,
    RECEIPT,
    SOLO,
    STRANGER,
    TRUST,
    claims,
    forge,
    rewrite,
    text_of,
)

FILE = Path(__file__).parent / "credential-vectors.json"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BY_CONTENT = "by_content"

Vector = tuple[str, str, str]
_SOLO, _FAMILY, _RECEIPT = (
    forge(),
    forge(payload=claims(content=declaration_claims(FAMILY))),
    forge("EGR1"),
)
_BODY = base45.decode(_SOLO[5:])


def vectors() -> Iterator[Vector]:
    """Everything but sealed texts: (name, text, expected)."""
    yield from _good()
    yield from _texts()
    yield from _structures()
    yield from _keys()
    yield from _payloads()
    yield from _times()
    yield from _contents()


def sealed() -> Iterator[Vector]:
    """Texts that are other ones each time."""
    whole = encrypt_declaration(_FAMILY, ENCRYPTION.public_key())
    body = base45.decode(whole[5:])
    yield "ok_sealed_family", whole, "ok"
    yield "ok_sealed_solo", encrypt_declaration(_SOLO, ENCRYPTION.public_key()), "ok"
    yield "sealed_to_a_stranger", encrypt_declaration(_SOLO, STRANGER.public_key()), "key_unknown"
    yield "sealed_under_another_key_id", text_of("EGE1", bytes(8) + body[8:]), "key_unknown"
    yield "sealed_tag_flipped", text_of("EGE1", body[:-1] + bytes([body[-1] ^ 1])), "decrypt_failed"
    yield (
        "sealed_sender_off_the_curve",
        text_of("EGE1", body[:8] + b"\4" + b"\1" * 64 + body[73:]),
        "decrypt_failed",
    )
    yield "sealed_cut", text_of("EGE1", body[:60]), "decrypt_failed"
    expired = forge(payload=claims(exp=NOW))
    yield "sealed_expired", encrypt_declaration(expired, ENCRYPTION.public_key()), "expired"
    forged = rewrite(_SOLO, payload=cbor.dumps(claims(exp=EXP - 1)))
    yield "sealed_forged", encrypt_declaration(forged, ENCRYPTION.public_key()), "signature_invalid"


def _good() -> Iterator[Vector]:
    yield "ok_solo", _SOLO, "ok"
    yield "ok_family", _FAMILY, "ok"
    yield "ok_receipt", _RECEIPT, "ok"
    amended = declaration_claims(replace(SOLO, seq=3))
    yield "ok_amended", forge(payload=claims(content=amended)), "ok"
    seventh = declaration_claims(SOLO)
    seventh[1] = [*seventh[1], 2]
    yield "ok_seventh_element", forge(payload=claims(content=seventh)), "ok"
    parts = cbor.loads(_BODY)
    half, s = parts[3][:32], int.from_bytes(parts[3][32:], "big")
    yield (
        "ok_negated_signature",
        rewrite(_SOLO, signature=half + (ORDER - s).to_bytes(32, "big")),
        "ok",
    )


def _texts() -> Iterator[Vector]:
    yield "empty", "", "prefix_unknown"
    yield "no_colon", "EGD1" + _SOLO[5:], "prefix_unknown"
    yield "next_version", "EGD2" + _SOLO[4:], "prefix_unknown"
    yield "lower_case", _SOLO.lower(), "prefix_unknown"
    yield "blank_before", " " + _SOLO, "prefix_unknown"
    yield "too_large", "EGD1:" + "0" * 1130, "too_large"
    yield "too_large_before_prefix", "x" * 1135, "too_large"
    yield "largest_of_nothing", "EGD1:" + "0" * 1129, "base45_invalid"
    yield "base45_overflow", "EGD1:GGW", "base45_invalid"
    yield "base45_pair_overflow", "EGD1:U5", "cbor_invalid"
    yield "base45_pair_above_255", "EGD1::5", "base45_invalid"
    yield "base45_lone_character", "EGR1:0", "base45_invalid"
    yield "base45_foreign_character", "EGE1:00a", "base45_invalid"
    yield "no_body", "EGD1:", "cbor_invalid"
    yield "sealed_no_body", "EGE1:", "key_unknown"


def _structures() -> Iterator[Vector]:
    yield "cut", text_of("EGD1", _BODY[:-1]), "cbor_invalid"
    yield "trailing_byte", text_of("EGD1", _BODY + b"\0"), "cbor_invalid"
    yield "tagged", text_of("EGD1", b"\xd2" + _BODY), "cbor_invalid"
    yield "indefinite", text_of("EGD1", b"\x9f" + _BODY[1:] + b"\xff"), "cbor_invalid"
    yield "long_length", text_of("EGD1", b"\x98\x04" + _BODY[1:]), "cbor_invalid"
    yield "three_parts", text_of("EGD1", cbor.dumps(cbor.loads(_BODY)[:3])), "cose_invalid"
    yield "unprotected_header", rewrite(_SOLO, unprotected={4: b"12345678"}), "cose_invalid"
    yield "signature_63", rewrite(_SOLO, signature=b"1" * 63), "cose_invalid"
    kid = point(DEVICE.public_key())
    for name, header, expected in (
        ("header_empty", {}, "cose_invalid"),
        ("header_without_kid", {1: -7}, "cose_invalid"),
        ("header_more", {1: -7, 4: kid, 5: b"iv"}, "cose_invalid"),
        ("header_kid_text", {1: -7, 4: "kid"}, "cose_invalid"),
        ("alg_eddsa", {1: -8, 4: kid}, "alg_forbidden"),
        ("alg_esp256", {1: -9, 4: kid}, "alg_forbidden"),
        ("alg_text", {1: "ES256", 4: kid}, "alg_forbidden"),
        ("alg_none", {1: None, 4: kid}, "alg_forbidden"),
    ):
        yield name, rewrite(_SOLO, protected=cbor.dumps(header)), expected
    yield "header_unsorted", rewrite(_SOLO, protected=b"\xa2\x04\x40\x01\x26"), "cbor_invalid"


def _keys() -> Iterator[Vector]:
    yield "key_id_where_a_point_belongs", forge(kid=key_id(DEVICE.public_key())), "key_invalid"
    yield "point_off_the_curve", forge(kid=b"\2" + b"\xff" * 32), "key_invalid"
    yield (
        "point_uncompressed_sign",
        forge(kid=b"\4" + point(DEVICE.public_key())[1:]),
        "key_invalid",
    )
    yield "another_device", forge(kid=point(OTHER_DEVICE.public_key())), "signature_invalid"
    yield "receipt_of_a_stranger", forge("EGR1", key=STRANGER), "key_unknown"
    stranger = forge("EGR1", key=STRANGER, kid=key_id(AUTHORITY.public_key()))
    yield "receipt_under_a_borrowed_key_id", stranger, "signature_invalid"
    yield (
        "receipt_by_a_device_point",
        forge("EGR1", kid=point(AUTHORITY.public_key())),
        "key_unknown",
    )
    yield "signed_as_a_receipt", forge(signed_as="EGR1"), "signature_invalid"
    yield "signed_as_a_declaration", forge("EGR1", signed_as="EGD1"), "signature_invalid"
    yield (
        "payload_changed",
        rewrite(_SOLO, payload=cbor.dumps(claims(exp=EXP + 1))),
        "signature_invalid",
    )
    yield "signature_zero", rewrite(_SOLO, signature=bytes(64)), "signature_invalid"
    yield (
        "signature_r_is_the_order",
        rewrite(_SOLO, signature=ORDER.to_bytes(32, "big") * 2),
        "signature_invalid",
    )


def _payloads() -> Iterator[Vector]:
    written = cbor.dumps(claims())
    for name, payload in (
        ("payload_trailing", written + b"\0"),
        ("payload_float", b"\xa1\x04\xfb" + bytes(8)),
        ("payload_undefined", b"\xa1\x04\xf7"),
        ("payload_bignum", b"\xa1\x04\xc2\x41\x01"),
        ("payload_beyond_int64", b"\xa1\x04\x1b" + b"\xff" * 8),
        ("payload_key_beyond_int64", b"\xa1\x1b" + b"\xff" * 8 + b"\x00"),
        ("payload_text_key", b"\xa1\x61\x34\x00"),
        ("payload_doubled_key", b"\xa2\x04\x00\x04\x00"),
        ("payload_cyclic", b"\xa1\x04\xd8\x1c\x81\xd8\x1d\x00"),
        ("payload_six_deep", b"\x81" * 6 + b"\x00"),
        ("payload_no_utf8", b"\xa1\x04\x62\xff\xff"),
    ):
        yield name, forge(payload=payload), "cbor_invalid"
    for name, change in (
        ("claim_more", {"extra": {8: 1}}),
        ("claim_exp_true", {"exp": True}),
        ("claim_exp_text", {"exp": str(EXP)}),
        ("claim_iat_negative", {"iat": -1}),
        ("claim_exp_after_9999", {"exp": 253402300800}),
        ("claim_cti_short", {"cti": b"1" * 15}),
        ("claim_cti_text", {"cti": "1" * 16}),
    ):
        yield name, forge(payload=claims(**change)), "claims_invalid"
    yield "claims_are_a_list", forge(payload=b"\x80"), "claims_invalid"
    yield "claims_of_a_receipt", forge(payload=claims("EGR1")), "claims_invalid"
    yield "claims_of_a_declaration", forge("EGR1", claims("EGD1")), "claims_invalid"


def _times() -> Iterator[Vector]:
    yield "expires_now", forge(payload=claims(exp=NOW)), "expired"
    yield "receipt_expires_now", forge("EGR1", claims("EGR1", exp=NOW)), "expired"
    yield "ok_expires_next_second", forge(payload=claims(exp=NOW + 1)), "ok"
    yield "ok_receipt_from_in_five_minutes", forge("EGR1", claims("EGR1", iat=NOW + 300)), "ok"
    yield "receipt_from_later", forge("EGR1", claims("EGR1", iat=NOW + 301)), "not_yet_valid"
    yield "ok_phone_ahead", forge(payload=claims(iat=NOW + 3600)), "ok"
    yield "ok_thirty_days", forge(payload=claims(exp=IAT + 30 * 86400)), "ok"
    yield (
        "longer_than_thirty_days",
        forge(payload=claims(exp=IAT + 30 * 86400 + 1)),
        "claims_invalid",
    )
    yield "ends_before_it_began", forge(payload=claims(iat=EXP + 1)), "claims_invalid"
    yield "expired_before_span", forge(payload=claims(iat=NOW + 1, exp=NOW)), "expired"
    for days, expected in ((-2, "wrong_arrival"), (-1, "ok"), (3, "ok"), (4, "wrong_arrival")):
        name = f"{'ok_' if expected == 'ok' else ''}arrival_{'yesterday' if days == -1 else f'in_{days}_days'}"
        changed = declaration_claims(SOLO)
        changed[2][3] = wire_date(ARRIVAL.replace(day=ARRIVAL.day + days))
        yield name.replace("-", "minus_"), forge(payload=claims(content=changed)), expected


def _contents() -> Iterator[Vector]:
    """What only the maps make wrong."""
    for key in range(1, 7):
        missing = {k: v for k, v in declaration_claims(SOLO).items() if k != key}
        yield f"content_without_{key}", forge(payload=claims(content=missing)), "claims_invalid"
    for name, key, place, value in (
        ("surname_40", 1, 0, "X" * 40),
        ("surname_empty", 1, 0, ""),
        ("surname_control", 1, 0, "A\x00B"),
        ("number_21", 1, 2, "1" * 21),
        ("number_with_bar", 1, 2, "12|34"),
        ("issuer_lower", 1, 3, "swe"),
        ("birth_month_13", 1, 5, 19911308),
        ("flight_9", 2, 0, "SK9831234"),
        ("port_two_letters", 2, 1, "CP"),
        ("arrival_no_day", 2, 3, 20260231),
        ("purpose_negative", 2, 4, -1),
        ("address_101", 3, 0, "x" * 101),
        ("answers_true", 5, 1, True),
    ):
        changed = declaration_claims(SOLO)
        changed[key] = [value if i == place else one for i, one in enumerate(changed[key])]
        yield f"content_{name}", forge(payload=claims(content=changed)), "claims_invalid"
    ten = declaration_claims(SOLO) | {4: [[None, "A", None, 20200101]] * 10}
    yield "content_ten_companions", forge(payload=claims(content=ten)), "claims_invalid"
    lost = declaration_claims(replace(SOLO, goods=(Goods(1, None, 1, 1, "JPY"),)))
    lost[6][0][4] = None
    yield "content_currency_as_above_nothing", forge(payload=claims(content=lost)), "claims_invalid"
    for index, value in ((1, b"short"), (4, 3), (3, 20260000), (2, "")):
        changed_list: list[Any] = receipt_claims(RECEIPT)
        changed_list[index] = value
        yield (
            f"content_receipt_{index}",
            forge("EGR1", claims("EGR1", content=changed_list)),
            "claims_invalid",
        )
    other = declaration_claims(SOLO) | {5: [77, 0]}
    yield "questionnaire_77", forge(payload=claims(content=other)), "questionnaire_unknown"


def by_content(name: str, expected: str) -> bool:
    return name.startswith("content_") or expected in ("questionnaire_unknown", "wrong_arrival")


def document(found: list[Vector]) -> dict[str, Any]:
    """The file: what is needed to judge the vectors, and the vectors."""
    return {
        "now": NOW,
        "today": ARRIVAL.isoformat(),
        "questionnaires": [1],
        "keys": {
            "authority": {kid.hex(): point(key).hex() for kid, key in TRUST.items()},
            "encryption_private_scalar": f"{ENCRYPTION.private_numbers().private_value:064x}",
        },
        "cti": CTI.hex(),
        "vectors": [
            {"name": name, "text": text, "expect": expected}
            | ({BY_CONTENT: True} if by_content(name, expected) else {})
            for name, text, expected in found
        ],
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(document([*vectors(), *sealed()]), indent=1) + "\n", "utf-8")
