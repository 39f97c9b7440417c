"""The proxy's example before the real program: names, TLS, streams, whose word on addresses counts. Needs Debian's nginx."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.commands.serving import options
from app.config import Settings
from app.kernel.http import Kernel
from app.main import create_app
from app.web.hosts import Face, Hosts
from tests.commands.test_serving import running
from tests.e2e.conftest import free_port

EXAMPLE = Path(__file__).parents[2] / "docs" / "deploy" / "nginx"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
NAMES = {
    Face.TRAVELLER: "declare.example.org", Face.CONSOLE: "console.example.org",
    Face.DEVICES: "devices.example.org", Face.CARRIERS: "carriers.example.org",
}  # fmt: skip
FACES = ",".join(f"{face}={name}" for face, name in NAMES.items())

pytestmark = pytest.mark.skipif(not Path(NGINX).exists(), reason="no nginx here")


def certificate(folder: Path) -> None:
    """One certificate for all names, as each of the files that the example names."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gate")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in NAMES.values()]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for host in NAMES.values():
        stem = folder / host.partition(".")[0]
        stem.with_suffix(".pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        stem.with_suffix(".key").write_bytes(private)


def settled(example: str, folder: Path, program: int, clear: int, secret: int) -> str:
    """The example with the ports and places of this test; nothing else of it is changed."""
    for old, new in (
        ("127.0.0.1:8000", f"127.0.0.1:{program}"), ("listen 443", f"listen 127.0.0.1:{secret}"),
        ("listen 80", f"listen 127.0.0.1:{clear}"), ("/etc/egate/tls", str(folder)),
        ("/etc/nginx/egate-proxy.conf", str(EXAMPLE / "egate-proxy.conf")),
    ):  # fmt: skip
        assert old in example
        example = example.replace(old, new)
    return (
        f"daemon off; error_log stderr warn; pid {folder}/pid; events {{}}\n"
        f"http {{ access_log off; include /etc/nginx/mime.types; client_body_temp_path {folder}/body;"
        f" proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;"
        f" scgi_temp_path {folder}/s;\n{example}\n}}\n"
    )


@pytest.fixture
def proxied(kernel: Kernel, tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Ports of plain http and of https: nginx in front of the whole program."""
    kernel.remembered[Hosts] = Hosts.of(FACES)
    kernel.secure_cookies = True
    given = options(Settings(trusted_proxies="127.0.0.1")) | {"port": 0}
    clear, secret = free_port(), free_port()
    with running(uvicorn.Config(create_app(kernel), **given)) as program:
        certificate(tmp_path)
        text = settled((EXAMPLE / "egate.conf").read_text(), tmp_path, program, clear, secret)
        (tmp_path / "nginx.conf").write_text(text)
        with (tmp_path / "said").open("w") as said:
            proxy = subprocess.Popen(
                [NGINX, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)], stderr=said
            )
        try:
            until_open(proxy, secret, tmp_path / "said")
            yield clear, secret
        finally:
            proxy.terminate()
            proxy.wait(timeout=10)


def until_open(proxy: subprocess.Popen[bytes], port: int, said: Path) -> None:
    end = time.monotonic() + 20
    while True:
        assert proxy.poll() is None, said.read_text()
        assert time.monotonic() < end, said.read_text()
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)


def connect(port: int, name: str | None) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=20)
    if name is None:
        return line
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(line, server_hostname=name)


def ask(port: int, host: str, path: str, *more: str, tls: bool = True, whole: bool = True) -> str:
    """All that is answered; not ``whole``: up to the first bytes of the body."""
    head = [f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: close", *more, "", ""]
    heard = b""
    with connect(port, host if tls else None) as line:
        line.sendall("\r\n".join(head).encode())
        while piece := line.recv(65536):
            heard += piece
            if not whole and heard.partition(b"\r\n\r\n")[2]:
                break
    return heard.decode()


def status(answer: str) -> int:
    return int(answer.split()[1]) if answer else 0


def test_each_face_is_there_under_its_name_alone_with_hsts(proxied: tuple[int, int]) -> None:
    _, port = proxied
    pages = {
        Face.TRAVELLER: "/declare/en", Face.CONSOLE: "/console/sign-in",
        Face.CARRIERS: "/carrier/sign-in", Face.DEVICES: "/declare/en/kiosk.json",
    }  # fmt: skip
    for face, name in NAMES.items():
        for other, path in pages.items():
            answer = ask(port, name, path, "Accept: text/html")
            there = face == other or (face == Face.TRAVELLER and path == pages[Face.DEVICES])
            assert status(answer) == (200 if there else 404), (name, path)
            assert answer.lower().count("strict-transport-security:") == 1
            assert "server: nginx\r\n" in answer.lower()
        for inside in ("/metrics", "/health/ready"):
            assert status(ask(port, name, inside)) == 404, name


def test_other_names_get_no_certificate_and_machines_no_redirect(
    proxied: tuple[int, int],
) -> None:
    clear, secret = proxied
    with pytest.raises(ssl.SSLError):
        ask(secret, "evil.example", "/")
    for name in (NAMES[Face.DEVICES], NAMES[Face.CARRIERS], "evil.example"):
        assert ask(clear, name, "/api/v1/messages", tls=False) == ""
    led = ask(clear, NAMES[Face.CONSOLE], "/console?level=high", tls=False)
    assert status(led) == 308
    assert "Location: https://console.example.org/console?level=high\r\n" in led


def test_new_tls_is_spoken_and_old_is_not(proxied: tuple[int, int]) -> None:
    with connect(proxied[1], NAMES[Face.CONSOLE]) as line:
        assert isinstance(line, ssl.SSLSocket)
        assert line.version() == "TLSv1.3"
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in (EXAMPLE / "egate.conf").read_text()


def test_a_client_is_who_the_proxy_sees_whatever_it_says(
    proxied: tuple[int, int], kernel: Kernel
) -> None:
    """ASVS 5.0, 4.1.3 and 15.3.4: limits are counted by the address of the proxy's client."""
    seen: list[str] = []
    take = kernel.admission.limiter.take
    kernel.admission.limiter.take = lambda key, *rest: (seen.append(key), take(key, *rest))[1]  # type: ignore[method-assign]
    ask(proxied[1], NAMES[Face.TRAVELLER], "/api/v1/keys", "X-Forwarded-For: 203.0.113.9", "Forwarded: for=203.0.113.9", "X-Real-IP: 203.0.113.9")  # fmt: skip
    assert seen == ["address:127.0.0.1"]


def test_hints_come_at_once(
    proxied: tuple[int, int], officer: Callable[..., dict[str, str]]
) -> None:
    cookie = officer()["Cookie"].replace("egate=", "__Host-egate=")
    heard = ask(
        proxied[1], NAMES[Face.CONSOLE], "/api/v1/events", f"Cookie: {cookie}",
        "Sec-Fetch-Site: same-origin", whole=False,
    )  # fmt: skip
    assert status(heard) == 200
    assert "text/event-stream" in heard
