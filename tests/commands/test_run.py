"""How ``egate serve`` finds the address of a client."""

from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.commands import run, stopping
from app.config import ConfigurationError, Settings
from app.kernel.admission import network_of


@pytest.mark.parametrize(
    ("trusted", "peer", "said", "client"),
    [
        ("", "10.0.0.2", "203.0.113.9", "10.0.0.2"),
        ("10.0.0.2", "10.0.0.2", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8, fd00::/8", "10.0.0.2", "198.51.100.1, 203.0.113.9, 10.1.1.1", "203.0.113.9"),
        ("10.0.0.2", "192.0.2.1", "203.0.113.9", "192.0.2.1"),
    ],
)  # fmt: skip
def test_only_a_named_proxy_says_where_a_client_is(
    monkeypatch: pytest.MonkeyPatch, trusted: str, peer: str, said: str, client: str
) -> None:
    """What `egate serve` hands to the server, and what the server makes of it (ASVS 4.1.3)."""
    given: dict[str, Any] = {}
    monkeypatch.setenv("EGATE_TRUSTED_PROXIES", trusted)
    monkeypatch.setattr(stopping, "run", lambda *_, **options: given.update(options) or 0)
    monkeypatch.setattr(run, "create_app", lambda _: None)
    monkeypatch.setattr(run, "open_runtime", lambda _: _Runtime())
    monkeypatch.setattr(run.collector, "settle", lambda: None)
    monkeypatch.setattr(run, "configure_logging", lambda **_: None)
    assert run.serve() == 0
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del receive, send
        seen.append(network_of(scope))

    scope = {
        "type": "http", "client": (peer, 1), "scheme": "http",
        "headers": [(b"x-forwarded-for", said.encode())],
    }  # fmt: skip
    coroutine = ProxyHeadersMiddleware(app, given["forwarded_allow_ips"])(scope, None, None)
    with pytest.raises(StopIteration):
        coroutine.send(None)
    assert seen == [client]


class _Runtime:
    def kernel(self, name: str) -> SimpleNamespace:
        del name
        return SimpleNamespace(stream=SimpleNamespace(stop=None))


def test_a_proxy_is_an_address_or_a_network() -> None:
    with pytest.raises(ConfigurationError, match="EGATE_TRUSTED_PROXIES"):
        Settings(trusted_proxies="proxy.example")


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"), ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"), ("10.0.0.5", "http://10.0.0.5:8000"),
    ],
)  # fmt: skip
def test_health_is_asked_where_the_program_listens(host: str, address: str) -> None:
    """Not by its public name: there is no health (`EGATE_FACES`), and the proxy's would be another's."""
    settings = Settings(host=host, public_url="https://console.example.org")
    assert run.own_address(settings) == address
