"""What it costs to check a passport's chip: with curves that the library knows, and with one that is spelt out."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from app.formats.passport import TrustStore, Verdict, verify
from app.formats.passport.curves import PlainKey
from tests.formats.passport.world import AUTHORITY, NOW, P256, chip, point, printed
from tests.perf.measure import Figures, Size, against, cpu_ms

HOW = ec.ECDSA(hashes.SHA256())


def figures(size: Size) -> Figures:
    """Targets of the design: 10 ms, 60 ms with curves that are spelt out (two signatures are checked)."""
    rounds = size.pick(5, 31, 101)
    made, zone = chip().chip, printed()
    trusted = TrustStore([AUTHORITY.certificate])
    assert verify(made, trusted, NOW, printed=zone).verdict is Verdict.TRUSTED
    private = ec.generate_private_key(ec.SECP256R1())
    public, signature = private.public_key(), private.sign(b"passport", HOW)
    plain = PlainKey(P256, point(private))
    return {
        "verify": against(
            lambda: verify(made, trusted, NOW, printed=zone),
            lambda: public.verify(signature, b"passport", HOW),
            rounds,
        ),
        "reference": "one ECDSA verification on P-256",
        "signature_on_a_curve_spelt_out": cpu_ms(
            lambda: plain.verify(signature, b"passport", HOW), rounds
        ),
        "target_ms": 10,
        "target_spelt_out_ms": 60,
    }
