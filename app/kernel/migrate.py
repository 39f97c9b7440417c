"""Bring a database to the newest schema."""

import importlib.resources
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from app.kernel.db import available


def migrations() -> Path:
    """The folder of the migrations, in a checkout or installed."""
    return Path(str(importlib.resources.files("migrations")))


def configuration(url: str) -> Config:
    """Alembic's configuration for one database; ``url`` needs the rights of the owner."""
    config = Config()
    config.set_main_option("script_location", str(migrations()))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Apply what is missing. Concurrent callers wait for each other (advisory lock).

    Raises :class:`app.kernel.errors.UnavailableError`.
    """
    with available():
        command.upgrade(configuration(url), "head")


def known_revisions() -> list[str]:
    """The migrations of this program, the newest first."""
    scripts = ScriptDirectory(str(migrations()))
    return [one.revision for one in scripts.walk_revisions()]
