"""What must not be stored of a PNRGOV in XML. Works on the text: what is not well-formed is cleaned too."""

import re
from collections.abc import Callable

from app.formats.pnrgov.privacy import (
    DROPPED,
    card_token,
    mask_numbers,
    seal_card,
    sensitive,
    tells_sensitive,
)
from app.formats.pnrgov.ssr import GRAMMARS

Fingerprint = Callable[[str], str]

# A start tag; a value in quotes may hold > but never <, so that each character is looked at once.
_REQUEST = re.compile(
    r"""<((?:[\w.-]+:)?(?:SSR|OSI|Remark))(?=[\s/>])((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>"""
)
_CODE = re.compile(r"""\bSSRCode\s*=\s*["']\s*([^"'<]*?)\s*["']""")
_ACCOUNT = re.compile(r"""\b((?:AccountNbr|CardNumber|CardNbr)\s*=\s*)(["'])([^"'<]*)(\2|)""")
_HOLDER = re.compile(r"""\s\bCardHolderName\s*=\s*(?:"[^"<]*"|'[^'<]*')""")
_HOLDER_ELEMENT = re.compile(r"(<((?:[\w.-]+:)?CardHolderName)(?=[\s/>])[^<>]*>)[^<]*(?=</\2)")
_ACCOUNT_ELEMENT = re.compile(
    r"(<((?:[\w.-]+:)?(?:AccountNbr|CardNumber))(?=[\s/>])[^<>]*>)([^<]*)(?=</\2)"
)
_TEXT = re.compile(r">([^<]*[0-9][^<]*)<")


def scrub_xml(data: bytes, deny: frozenset[str], fingerprint: Fingerprint | None) -> bytes:
    """The document without denied requests, card numbers and names of card holders."""
    text = data.decode("latin-1")  # one character per byte, whatever the encoding
    text = "".join(_without_denied(text, deny))
    text = _HOLDER_ELEMENT.sub(r"\1", _HOLDER.sub("", text))
    text = _ACCOUNT.sub(lambda m: f"{m[1]}{m[2]}{_hidden(m[3], fingerprint)}{m[4]}", text)
    text = _ACCOUNT_ELEMENT.sub(lambda m: m[1] + _hidden(m[3], fingerprint), text)
    return _TEXT.sub(lambda m: f">{mask_numbers(m[1])}<", text).encode("latin-1")


def _hidden(account: str, fingerprint: Fingerprint | None) -> str:
    """A token, else as many X as there were digits before the last four."""
    token = card_token(account.strip(), fingerprint) if fingerprint else ""
    if token:
        return token
    last_four, _ = seal_card(account.strip(), None)
    if last_four:
        return account if account.strip()[:-4].strip("X*") == "" else f"XXXXXXXXXXXX{last_four}"
    return "" if any(c.isdigit() for c in account) and len(account) > 4 else account


def _without_denied(text: str, deny: frozenset[str]) -> list[str]:
    """The pieces between denied elements; a denied one leaves its place as an empty element."""
    kept, at = [], 0
    while found := _REQUEST.search(text, at):
        name, attributes = found[1], found[2]
        end = found.end()
        if not attributes.endswith("/"):
            close = text.find(f"</{name}", end)
            stop = text.find(">", close) + 1 if close >= 0 else 0
            inner, after = (text[end:close], stop) if stop else (text[end:], len(text))
        else:
            inner, after = "", end
        if _denied(name.rpartition(":")[2], attributes, inner, deny):
            kept += [text[at : found.start()], f'<{name} SSRCode="{DROPPED}"/>']
        else:
            kept.append(text[at:after])
        at = after
    return [*kept, text[at:]]


def _denied(name: str, attributes: str, inner: str, deny: frozenset[str]) -> bool:
    code = _CODE.search(attributes)
    sent = code[1].upper() if code else ""
    if name == "SSR" and sensitive(sent, deny):
        return True
    return sent not in GRAMMARS and tells_sensitive(re.sub(r"<[^<>]*>", " ", inner), deny)
