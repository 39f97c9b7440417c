"""Codes that have no words of their own."""

from app.web.translation import gettext


def plain(code: str) -> str:
    """``some-code`` as ``Some code``; in the language of the request where that is a message."""
    return gettext(code.replace("_", " ").replace("-", " ").capitalize())
