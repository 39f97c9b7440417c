"""Text of a rule to tokens with positions."""

import re
from dataclasses import dataclass
from typing import Literal

from risk_rules.language.tree import RuleError, Span

MAX_TEXT = 4000
WORDS = frozenset({"and", "or", "not", "in", "between", "is", "missing", "true", "false"})

Kind = Literal["number", "string", "managed", "name", "word", "op", "end"]

# White space is spelt out: Python's \s also takes the EDIFACT separators 0x1C-0x1F.
_SPACE = re.compile(r"[ \t\r\n]*")
_TOKENS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("number", re.compile(r"\d+(?:\.\d+)?", re.ASCII)),
    ("string", re.compile(r"'(?:[^']|'')*'")),
    ("managed", re.compile(r"@[a-z_][a-z0-9_]*")),
    ("name", re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")),
    ("op", re.compile(r"<=|>=|!=|[=<>(),:+*/-]")),
)
_MEANT = {
    "&": "'and'", "|": "'or'", "!": "'not' or '!='", '"': "text between ' and '", "[": "'('", "]": "')'", ";": "','",
    "\N{LEFT SINGLE QUOTATION MARK}": "text between ' and '", "\N{RIGHT SINGLE QUOTATION MARK}": "text between ' and '",
    "\N{LEFT DOUBLE QUOTATION MARK}": "text between ' and '", "\N{RIGHT DOUBLE QUOTATION MARK}": "text between ' and '",
    "\N{LESS-THAN OR EQUAL TO}": "'<='", "\N{GREATER-THAN OR EQUAL TO}": "'>='", "\N{NOT EQUAL TO}": "'!='",
}  # fmt: skip
"""What other languages write, and what text processors make of it."""
# Marks of direction and of no width too: the approver must read what is compared.
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    span: Span


def tokenize(text: str) -> list[Token]:
    """Tokens of the text, closed by one of kind `end`.

    Raises RuleError `text_too_long` or `bad_character`.
    """
    if len(text) > MAX_TEXT:
        message = f"the rule is longer than {MAX_TEXT} characters"
        raise RuleError("text_too_long", message, (MAX_TEXT, len(text)))
    tokens = []
    position = _skip_space(text, 0)
    while position < len(text):
        token = _next(text, position)
        tokens.append(token)
        position = _skip_space(text, token.span[1])
    end = len(text.rstrip(" \t\r\n"))
    tokens.append(Token("end", "", (end, end)))
    return tokens


def _skip_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    assert found is not None
    return found.end()


def _next(text: str, position: int) -> Token:
    for kind, pattern in _TOKENS:
        if found := pattern.match(text, position):
            return _token(kind, found[0], found.span())
    if text[position] == "'":
        raise RuleError("syntax", "the quotation mark is never closed", (position, len(text)))
    meant = f", did you mean {_MEANT[text[position]]}?" if text[position] in _MEANT else ""
    raise RuleError("bad_character", f"unexpected character{meant}", (position, position + 1))


def _token(kind: Kind, text: str, span: Span) -> Token:
    if kind == "name" and text.lower() in WORDS:
        return Token("word", text.lower(), span)
    if kind == "string" and (bad := _UNPRINTABLE.search(text)):
        at = span[0] + bad.start()
        raise RuleError("bad_character", "text in quotation marks must be printable", (at, at + 1))
    return Token(kind, text, span)
