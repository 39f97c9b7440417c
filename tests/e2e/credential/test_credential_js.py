"""``credential.js`` in a browser and ``app.formats.credential``: each writes what the other writes and opens it."""

import base64
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from app.formats import base45
from app.formats.credential import (
    MAX_TEXT,
    CredentialError,
    Declaration,
    cbor,
    cose,
    encrypt_declaration,
    key_id,
    open_credential,
    point,
    public_key,
    seal_declaration,
)
from app.formats.credential.claims import declaration_claims
from app.web.assets import STATIC
from tests.formats.credentials import (
    ARRIVAL,
    AUTHORITY,
    CBOR_VALUES,
    CTI,
    DECLARATIONS,
    DECRYPTION,
    DEVICE,
    ENCRYPTION,
    EXP,
    FAMILY,
    IAT,
    NOW,
    OUTSIDE_THE_PROFILE,
    SOLO,
    STRANGER,
    TRUST,
    claims,
    forge,
    text_of,
)
from tests.formats.vectors import BY_CONTENT, FILE

HERE = Path(__file__).parent
FIXTURE = json.loads(FILE.read_text("utf-8"))
JS = STATIC / "js"
ORIGIN = "https://phone.example"  # WebCrypto wants https; nothing of it leaves this process
TRUSTED = {kid.hex(): point(key).hex() for kid, key in TRUST.items()}


@pytest.fixture(scope="module")
def phone(chromium: Browser) -> Iterator[Page]:
    """An empty page that has the module loaded; any error on it fails the tests."""
    served = {
        "/": ("text/html", "<!doctype html><link rel=icon href=data:,><title>phone</title>"),
        **{
            f"/{name}": ("text/javascript", (JS / name).read_text("utf-8"))
            for name in ("credential.js", "cbor.js")
        },
        "/bridge.js": ("text/javascript", (HERE / "bridge.js").read_text("utf-8")),
    }
    context = chromium.new_context()
    problems: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))

    def answer(route: Any) -> None:
        kind, body = served[route.request.url.removeprefix(ORIGIN)]
        route.fulfill(content_type=f"{kind}; charset=utf-8", body=body)

    context.route("**/*", answer)
    page.goto(ORIGIN + "/")
    page.evaluate("import('/bridge.js')")
    yield page
    context.close()
    assert problems == []


@pytest.fixture(scope="module")
def call(phone: Page) -> Callable[..., Any]:
    """``call(name, argument)`` -> what the function of the bridge gives."""
    return lambda name, value=None: phone.evaluate(f"value => bridge.{name}(value)", value)


def to_js(value: Any) -> Any:
    if isinstance(value, dict):
        return {"map": [[to_js(key), to_js(one)] for key, one in value.items()]}
    if isinstance(value, list):
        return [to_js(one) for one in value]
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    return {"int": str(value)} if type(value) is int and abs(value) >= 2**53 else value


def from_js(value: Any) -> Any:
    if isinstance(value, list):
        return [from_js(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "map" in value:
        return {from_js(key): from_js(one) for key, one in value["map"]}
    return bytes.fromhex(value["hex"]) if "hex" in value else int(value["int"])


def made(call: Callable[..., Any], of: Declaration = FAMILY, **changes: Any) -> Any:
    """The text that the browser makes of a declaration."""
    given = {
        "declaration": to_js(declaration_claims(of)), "cti": CTI.hex(),
        "seq": of.seq, "iat": IAT, "exp": EXP, "authority": None,
    }  # fmt: skip
    return call("make", given | changes)


def authority(key: ec.EllipticCurvePrivateKey = ENCRYPTION) -> dict[str, str]:
    public = key.public_key()
    return {"kid": key_id(public).hex(), "point": point(public).hex()}


def jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    numbers = key.private_numbers()
    public = numbers.public_numbers
    parts = {"x": public.x, "y": public.y, "d": numbers.private_value}
    spelled = {
        name: base64.urlsafe_b64encode(part.to_bytes(32)).rstrip(b"=").decode()
        for name, part in parts.items()
    }
    return {"kty": "EC", "crv": "P-256", **spelled}


def opened(call: Callable[..., Any], texts: list[str], now: int = NOW) -> list[Any]:
    """What the browser says of texts: what it opened, or ``{"refused": code}``."""
    openers = {
        kid.hex(): {"jwk": jwk(key), "point": point(key.public_key()).hex()}
        for kid, key in DECRYPTION.items()
    }
    given = {"texts": texts, "now": now, "trust": TRUSTED, "decryption": openers}
    return call("open", given)


def verdict_of_python(text: str) -> Any:
    try:
        found = open_credential(text, now=NOW, trust=TRUST, decryption_keys=DECRYPTION)
    except CredentialError as error:
        return {"refused": error.code}
    return found.claims


def verdict_of_browser(answer: Any) -> Any:
    return answer if "refused" in answer else from_js(answer["claims"])


class TestTheSameBytes:
    @settings(max_examples=5)
    @given(st.lists(DECLARATIONS, min_size=20, max_size=20))
    def test_of_any_declaration(self, call, declarations: list[Declaration]) -> None:
        wire = [claims(content=declaration_claims(one)) for one in declarations]
        assert call("encode", [to_js(one) for one in wire]) == [
            cbor.dumps(one).hex() for one in wire
        ]

    @settings(max_examples=5)
    @given(st.lists(CBOR_VALUES, min_size=50, max_size=50))
    def test_of_any_value_of_the_profile(self, call, values: list[Any]) -> None:
        plain = [value for value in values if cbor.is_plain(value)]
        written = [cbor.dumps(value).hex() for value in plain]
        assert call("encode", [to_js(one) for one in plain]) == written
        read = [from_js(one["value"]) for one in call("decode", written)]
        assert read == plain

    def test_integers_at_every_edge_of_a_head(self, call) -> None:
        edges = [
            0,
            23,
            24,
            255,
            256,
            2**16 - 1,
            2**16,
            2**32 - 1,
            2**32,
            2**53 - 1,
            2**53,
            2**63 - 1,
        ]
        values = [*edges, *(-1 - edge for edge in edges)]
        written = [cbor.dumps(value).hex() for value in values]
        assert call("encode", [to_js(value) for value in values]) == written
        assert [from_js(one["value"]) for one in call("decode", written)] == values

    def test_base45(self, call) -> None:
        rng = random.Random(5)
        values = [rng.randbytes(size) for size in (0, 1, 2, 3, 254, 255)]
        assert call("base45", [one.hex() for one in values]) == [base45.encode(v) for v in values]

    @pytest.mark.parametrize("declaration", [SOLO, FAMILY])
    def test_header_payload_and_sig_structure(self, call, declaration: Declaration) -> None:
        text = made(call, declaration)
        device = bytes.fromhex(call("point"))
        header, payload = cbor.dumps({1: -7, 4: device}), cbor.dumps(
            claims(content=declaration_claims(declaration))
        )  # fmt: skip
        parts = cbor.loads(base45.decode(text.removeprefix("EGD1:")))
        assert parts[:3] == [header, {}, payload]
        [answer] = call("verify", {"texts": [text], "trust": {}})
        assert answer["protectedHeader"] == header.hex()
        assert answer["payload"] == payload.hex()
        assert answer["structure"] == cose.sig_structure("EGD1", header, payload).hex()


class TestEachOpensTheOthers:
    @pytest.mark.parametrize("declaration", [SOLO, FAMILY])
    def test_plain_from_the_browser(self, call, declaration: Declaration) -> None:
        found = open_credential(made(call, declaration), now=NOW)
        assert (found.declaration, found.cti) == (declaration, CTI)
        assert found.key.hex() == call("point")

    @pytest.mark.parametrize("declaration", [SOLO, FAMILY])
    def test_sealed_from_the_browser(self, call, declaration: Declaration) -> None:
        text = made(call, declaration, authority=authority())
        assert text.startswith("EGE1:")
        found = open_credential(text, now=NOW, decryption_keys=DECRYPTION)
        assert (found.kind, found.declaration) == ("EGE1", declaration)
        assert made(call, declaration, authority=authority()) != text, "the same key twice"

    def test_all_kinds_from_python(self, call) -> None:
        plain = forge("EGD1", claims(content=declaration_claims(FAMILY)))
        texts = [plain, encrypt_declaration(plain, ENCRYPTION.public_key()), forge("EGR1")]
        answers = opened(call, texts)
        assert [answer["kind"] for answer in answers] == ["EGD1", "EGE1", "EGR1"]
        for text, answer in zip(texts, answers, strict=True):
            assert from_js(answer["claims"]) == verdict_of_python(text)
        header, payload = (
            bytes.fromhex(answers[0][name]) for name in ("protectedHeader", "payload")
        )
        assert answers[0]["structure"] == cose.sig_structure("EGD1", header, payload).hex()

    def test_sealed_to_points_of_either_sign(self, call) -> None:
        rng = random.Random(7)
        keys = [ec.derive_private_key(rng.getrandbits(200), ec.SECP256R1()) for _ in range(12)]
        points = [point(key.public_key()) for key in keys]
        assert {one[0] for one in points} == {2, 3}
        texts = call("points", [one.hex() for one in points])
        assert [kid for kid, _ in texts] == [key_id(key.public_key()).hex() for key in keys]
        for key, (kid, text) in zip(keys, texts, strict=True):
            # what is inside is no declaration: it was opened if that is what is wrong
            with pytest.raises(CredentialError, match="claims_invalid"):
                open_credential(text, now=1, decryption_keys={bytes.fromhex(kid): key})

    def test_what_is_a_point_is_one_to_both(self, call) -> None:
        rng = random.Random(9)
        some = [bytes([sign]) + rng.randbytes(32) for sign in (2, 3, 4) for _ in range(8)]
        some += [b"", b"\x02", b"\x02" * 32, b"\x02" + b"\xff" * 32, b"\x03" + P.to_bytes(32)]
        taken = [isinstance(text, str) for _, text in call("points", [one.hex() for one in some])]
        assert taken == [is_point(one) for one in some]
        assert set(taken[:16]) == {True, False}, "these points show nothing"


P = 2**256 - 2**224 + 2**192 + 2**96 - 1


def is_point(data: bytes) -> bool:
    try:
        return bool(public_key(data))
    except ValueError:
        return False


class TestTheSameVerdict:
    @pytest.mark.parametrize("kind", ["EGD1", "EGR1", "EGE1"])
    def test_of_any_damaged_text(self, call, kind: str) -> None:
        """No crash, the same code, and nothing accepted that the other refuses."""
        plain = forge("EGR1" if kind == "EGR1" else "EGD1")
        text = encrypt_declaration(plain, ENCRYPTION.public_key()) if kind == "EGE1" else plain
        body, rng = base45.decode(text[5:]), random.Random(kind)
        damaged = [damage(body, rng) for _ in range(400)]
        texts = [text_of(kind, one) for one in damaged]
        texts += [text_of(kind, rng.randbytes(rng.randrange(90))) for _ in range(50)]
        texts += ["", kind, f"{kind}:0", f"{kind}:GGW", f" {text}", text.lower(), text + " " * 1000]
        answers = [verdict_of_browser(answer) for answer in opened(call, texts)]
        assert answers == [verdict_of_python(text) for text in texts]

    def test_of_bytes_outside_the_profile(self, call) -> None:
        values = [value.hex() for value in OUTSIDE_THE_PROFILE]
        assert call("decode", values) == [{"refused": "cbor_invalid"}] * len(values)

    def test_of_values_outside_the_profile(self, call) -> None:
        deep: Any = 0
        for _ in range(6):
            deep = [deep]
        values = [
            {"float": "1.5"}, {"float": "NaN"}, {"undefined": True}, "\ud800", deep, {"int": str(2**63)},
            {"map": [["a", 1]]}, {"map": [[{"float": "0.5"}, 1]]}, [{"undefined": True}],
        ]  # fmt: skip
        assert call("encode", values) == [{"refused": "claims_invalid"}] * len(values)

    @pytest.mark.parametrize(
        ("kind", "now", "changes"),
        [
            ("EGD1", EXP, {}),
            ("EGR1", EXP, {}),
            ("EGR1", IAT - 301, {}),
            ("EGD1", IAT - 301, {}),
            ("EGD1", NOW, {"exp": IAT + 30 * 86400 + 1}),
            ("EGD1", NOW, {"exp": True}),
            ("EGD1", NOW, {"cti": b"short"}),
            ("EGD1", NOW, {"extra": {8: 1}}),
        ],
    )
    def test_of_times_and_shapes(self, call, kind: str, now: int, changes: dict[str, Any]) -> None:
        text = forge(kind, claims(kind, **changes))
        try:
            open_credential(text, now=now, trust=TRUST)
            expected = None
        except CredentialError as error:
            expected = error.code
        [answer] = opened(call, [text], now)
        assert answer.get("refused") == expected

    def test_of_every_vector(self, call) -> None:
        """As the file says; what only the maps make wrong stands here."""
        assert (FIXTURE["now"], set(FIXTURE["keys"]["authority"].values())) == (
            NOW,
            set(TRUSTED.values()),
        )
        answers = opened(call, [one["text"] for one in FIXTURE["vectors"]])
        for vector, answer in zip(FIXTURE["vectors"], answers, strict=True):
            expected = "ok" if vector.get(BY_CONTENT) else vector["expect"]
            assert (vector["name"], answer.get("refused", "ok")) == (vector["name"], expected)

    def test_of_strangers(self, call) -> None:
        answers = opened(
            call,
            [
                forge("EGR1", key=STRANGER),
                forge("EGR1", key=STRANGER, kid=key_id(AUTHORITY.public_key())),
            ],
        )
        assert answers == [{"refused": "key_unknown"}, {"refused": "signature_invalid"}]


def damage(body: bytes, rng: random.Random) -> bytes:
    """One to three bytes replaced, dropped or put in, or the end cut off."""
    start, length = rng.randrange(len(body)), rng.randrange(3)
    if rng.random() < 0.1:
        return body[:start]
    put = rng.randbytes(rng.randrange(3)) or b"\x00"
    return body[:start] + put + body[start + length :]


class TestMaking:
    def test_the_key_stays_in_the_phone(self, call) -> None:
        assert call("exported") == ["rejected"] * 3

    def test_the_length_is_known_before(self, call) -> None:
        wire = [declaration_claims(one) for one in (SOLO, FAMILY)]
        seqs = [SOLO.seq, FAMILY.seq]
        told = call("lengths", [[to_js(one), seq] for one, seq in zip(wire, seqs, strict=True)])
        plain = [
            seal_declaration(one, cti=CTI, iat=IAT, exp=EXP, key=DEVICE) for one in (SOLO, FAMILY)
        ]
        sealed = [encrypt_declaration(text, ENCRYPTION.public_key()) for text in plain]
        assert told == [[len(p), len(s)] for p, s in zip(plain, sealed, strict=True)]

    def test_what_does_not_fit_is_refused(self, call) -> None:
        wire = declaration_claims(FAMILY)
        wire[6] = [[4, "x" * 40, 1, 1000, "SEK"]] * 20
        [[plain, _]] = call("lengths", [[to_js(wire), 2]])
        assert plain > MAX_TEXT
        given = {"declaration": to_js(wire)}
        assert made(call, **given) == {"refused": "too_large"}

    def test_an_amendment_has_the_same_number_and_key_and_a_higher_sequence(self, call) -> None:
        first, second = (open_credential(made(call, seq=seq), now=NOW) for seq in (0, 1))
        assert (first.seq, second.seq) == (0, 1)
        assert (first.cti, first.key) == (second.cti, second.key)

    @pytest.mark.parametrize(
        "changes", [{"exp": IAT}, {"exp": IAT + 31 * 86400}, {"cti": "00"}, {"iat": 1.5}]
    )
    def test_what_could_not_be_opened_is_not_made(self, call, changes: dict[str, Any]) -> None:
        assert made(call, **changes) == {"refused": "claims_invalid"}

    def test_a_key_that_is_not_the_one_it_is_called_seals_nothing(self, call) -> None:
        wrong = authority() | {"kid": "00" * 8}
        assert made(call, authority=wrong) == {"refused": "key_invalid"}

    def test_the_arrival_is_what_was_declared(self, call) -> None:
        found = open_credential(made(call, SOLO), now=NOW)
        assert found.declaration is not None
        assert found.declaration.journey.arrival == ARRIVAL
