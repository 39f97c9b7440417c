"""How officers may sign in at this installation: read from the settings once, kept with the kernel."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from app.identity.officers import LIMITS, Limits
from app.identity.oidc.metadata import Published
from app.identity.oidc.provider import Provider
from app.identity.passkeys import Site
from app.kernel.errors import NotFoundError
from app.kernel.http import Kernel


@dataclass(frozen=True, slots=True)
class Ways:
    """``public_url`` is what browsers see; ``passwords``: whether they are taken for bootstrapping; ``providers``: by
    their keys, with what they publish.
    """

    public_url: str = "http://127.0.0.1:8000"
    limits: Limits = field(default=LIMITS)
    passwords: bool = False
    providers: Mapping[str, Published] = field(default_factory=dict)

    @property
    def site(self) -> Site:
        """Whose passkeys are asked for."""
        return Site.of(self.public_url)

    def address(self, path: str) -> str:
        """The address under which browsers find a path of ours."""
        return self.public_url.rstrip("/") + path

    def provider(self, key: str) -> Published:
        """One provider. Raises :class:`NotFoundError`."""
        if key not in self.providers:
            raise NotFoundError
        return self.providers[key]


def published(providers: Iterable[Provider]) -> Mapping[str, Published]:
    """Providers by key; nothing is fetched yet."""
    return {one.key: Published(one) for one in providers}


def ways_of(kernel: Kernel) -> Ways:
    """Those of the running program."""
    return cast(Ways, kernel.remembered.setdefault(Ways, Ways()))
