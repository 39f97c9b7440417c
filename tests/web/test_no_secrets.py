"""No secret in the repository, none in what the program logs."""

import base64
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.identity import senders
from app.identity.permissions import Role
from app.kernel.keyring import KeyKind
from tests.conftest import SECRET
from tests.support.airport import guest, landed_ago
from tests.web.conftest import Hall, Looker

ROOT = Path(__file__).parents[2]
SHAPES = {
    "private key": re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}"),
    "cloud key": re.compile(rb"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "token of a forge": re.compile(rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|glpat-[\w-]{20})"),
    "master secret": re.compile(rb"EGATE_SECRET(?:_FILE)?\s*[=:]\s*[\"']?[A-Za-z0-9_-]{43}"),
    "address with a password": re.compile(
        rb"(?:postgres(?:ql)?|amqps?)://\w+:(?!password@)\w{12,}@"
    ),
    "ring of keys": re.compile(rb"\"secret\": \"[A-Za-z0-9_-]{43}=?\""),
}
OPEN = re.compile(r"\.(?:png|jpg|webp|mp3|mp4|woff2?|ico|onnx|gz|zip|db)$")


def found_in(content: bytes) -> list[str]:
    """Which shapes of secrets a text has."""
    return [name for name, shape in SHAPES.items() if shape.search(content)]


def test_the_repository_holds_no_secret() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=False, capture_output=True)
    if listed.returncode:
        pytest.skip("no checkout: an unpacked archive has no list of its files")
    names = [name for name in listed.stdout.decode().split("\0") if name and not OPEN.search(name)]
    assert len(names) > 500
    told = {
        name: found
        for name in names
        if (ROOT / name).is_file() and (found := found_in((ROOT / name).read_bytes()))
    }
    assert told == {}


@pytest.mark.parametrize(
    "text",
    [
        b"-----BEGIN EC " + b"PRIVATE KEY-----\n" + b"A" * 64,
        b"AKIA" + b"A" * 16,
        b"ghp_" + b"a" * 36,
        b"EGATE_" + b"SECRET=" + b"A" * 43,
        b"postgresql://egate:" + b"a" * 12 + b"@db/egate",
        b'"secret": ' + b'"' + b"A" * 43 + b'="',
    ],
)
def test_each_shape_is_seen(text: bytes) -> None:
    assert len(found_in(text)) == 1


def forms(secret: bytes) -> Iterator[str]:
    """A secret as it might be written."""
    yield base64.urlsafe_b64encode(secret).decode().rstrip("=")
    yield base64.b64encode(secret).decode().rstrip("=")
    yield secret.hex()
    yield repr(secret)[2:-1]


def test_what_a_run_logs_holds_no_secret_and_nobody(
    capfd: pytest.CaptureFixture[str],
    hall: Hall,
    look: Callable[..., Looker],
) -> None:
    """Messages and what is made of them, a kiosk, a lane, pages, a wrong token: what all of them wrote."""
    kernel = hall.airport.kernel
    with kernel.database.transaction() as session:
        _, token = senders.create_sender(session, "logged", ["XX"], "NRT", kernel.clock())
    senior = look(Role.SENIOR)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/edifact"}
    senior.client.post("/api/v1/messages", content=b"UNB+nonsense", headers=headers)
    senior.client.get("/api/v1/events", headers={"Authorization": "Bearer wrong-" + token})
    another = guest("QUENTERRY", "IDA", "18A")
    hall.airport.announce(hall.airport.sector(102, landed_ago(5)), [another])
    hall.airport.settle()
    referral = hall.refer("astrid")
    for path in ("", f"/referrals/{referral}", "/flights", "/rights", "/search"):
        senior.get("/console" + path)
    out, err = capfd.readouterr()
    logged = out + err
    assert "request" in logged
    ring = [key.secret for kind in KeyKind for key in kernel.vault.ring.of(kind)]
    derived = [kernel.vault.derive(label) for label in ("seal", "audit/checkpoint")]
    said = [form for secret in [SECRET, *ring, *derived] for form in forms(secret)]
    for word in [*said, token, senior.token, "LINDQVIST", "QUENTERRY"]:
        assert word not in logged
