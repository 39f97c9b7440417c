"""Tokens to an unchecked tree.

condition := conjunction { "or" conjunction }          conjunction := negation { "and" negation }
negation  := "not" negation | comparison
comparison := sum [ ("=" | "!=" | "<" | "<=" | ">" | ">=") sum
                  | ["not"] "in" ( "@list" | "(" atom {"," atom} ")" )
                  | ["not"] "between" sum "and" sum | "is" ["not"] "missing" ]
sum  := product { ("+" | "-") product }                 product := atom { ("*" | "/") atom }
atom := "(" condition ")" | "-" atom | number | 'text' | true | false | fact
      | function "(" sum {"," sum} ")" | quantifier "(" list [":" condition] ")"
"""

from collections.abc import Callable, Sequence

from risk_rules.facts import Value
from risk_rules.language.tokens import Token, tokenize
from risk_rules.language.tree import (
    COMPARISONS,
    QUANTIFIERS,
    Node,
    RuleError,
    Span,
    did_you_mean,
    height,
)

MAX_DEPTH = 30
_MAX_DIGITS = 15
"""Integers of 15 digits are exact in a double too, so every engine compares them alike."""


def parse(text: str) -> Node:
    """The unchecked tree of a condition.

    Raises RuleError `text_too_long`, `bad_character`, `syntax`, `too_deep` or `bad_literal`.
    """
    parser = _Parser(tokenize(text))
    tree = parser.condition()
    if parser.token.kind != "end":
        raise parser.error("unexpected text after the end of the condition", near=_GOES_ON)
    if height(tree) > MAX_DEPTH:
        raise RuleError("too_deep", "the condition is nested too deeply", tree.span)
    return tree


_GOES_ON = ("and", "or", "not", "in", "between", "is")
_TWO_SIGNS = {"==": "=", "=>": ">=", "=<": "<=", "<>": "!="}


class _Parser:
    """Recursive descent; `nested` counts what recurses, so the stack stays bounded."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._at]

    def error(
        self,
        message: str,
        code: str = "syntax",
        *,
        near: Sequence[str] = (),
        of: Token | None = None,
    ) -> RuleError:
        """What is wrong at this place. ``near``: words of which one may be meant; ``of``: by that word, else by this one."""
        start, end = self.token.span
        meant = did_you_mean((of or self.token).text, near)
        return RuleError(code, message + meant, (start, max(end, start + 1)))

    def advance(self) -> Token:
        token = self.token
        self._at += 1
        return token

    def take(self, *texts: str) -> str | None:
        token = self.token
        if token.kind in ("op", "word") and token.text in texts:
            self._at += 1
            return token.text
        return None

    def need(self, text: str) -> None:
        if self.take(text) is None:
            raise self.error(f"expected '{text}'")

    def span_from(self, start: int) -> Span:
        return (start, self._tokens[self._at - 1].span[1])

    def node(self, op: str, args: Sequence[Node], start: int, value: Value | None = None) -> Node:
        return Node(op, self.span_from(start), tuple(args), value)

    def nested(self, inner: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.error("the condition is nested too deeply", "too_deep")
        tree = inner()
        self._depth -= 1
        return tree

    def condition(self) -> Node:
        return self.nested(lambda: self.chain("or", self.conjunction))

    def conjunction(self) -> Node:
        return self.chain("and", self.negation)

    def chain(self, word: str, inner: Callable[[], Node]) -> Node:
        start = self.token.span[0]
        parts = [inner()]
        while self.take(word):
            parts.append(inner())
        return parts[0] if len(parts) == 1 else self.node(word, parts, start)

    def negation(self) -> Node:
        start = self.token.span[0]
        if self.take("not"):
            return self.node("not", [self.nested(self.negation)], start)
        return self.comparison()

    def comparison(self) -> Node:
        start = self.token.span[0]
        left = self.sum()
        if op := self.take(*COMPARISONS):
            return self.node(op, [left, self.sum()], start)
        if self.take("is"):
            negated = self.take("not") is not None
            self.need("missing")
            return self.maybe_not(self.node("missing", [left], start), negated=negated)
        return self.membership(left, start)

    def membership(self, left: Node, start: int) -> Node:
        negated = self.take("not") is not None
        if self.take("in"):
            tested = self.node("in", [left, *self.items()], start)
        elif self.take("between"):
            low = self.sum()
            self.need("and")
            tested = self.node("between", [left, low, self.sum()], start)
        elif negated:
            raise self.error("expected 'in' or 'between' after 'not'", near=("in", "between"))
        else:
            return left
        return self.maybe_not(tested, negated=negated)

    def maybe_not(self, tested: Node, *, negated: bool) -> Node:
        return Node("not", tested.span, (tested,)) if negated else tested

    def items(self) -> list[Node]:
        if self.token.kind == "managed":
            token = self.advance()
            return [Node("managed", token.span, value=token.text[1:])]
        self.need("(")
        items = [self.atom()]
        while self.take(","):
            items.append(self.atom())
        self.need(")")
        return items

    def sum(self) -> Node:
        return self.left_chain(("+", "-"), self.product)

    def product(self) -> Node:
        return self.left_chain(("*", "/"), self.atom)

    def left_chain(self, ops: tuple[str, ...], inner: Callable[[], Node]) -> Node:
        start = self.token.span[0]
        left = inner()
        while op := self.take(*ops):
            left = self.node(op, [left, inner()], start)
        return left

    def atom(self) -> Node:
        start = self.token.span[0]
        if self.take("("):
            inner = self.condition()
            self.need(")")
            return inner
        if self.take("-"):
            return self.negated(self.nested(self.atom), start)
        if word := self.take("true", "false"):
            return self.node("literal", (), start, word == "true")
        return self.operand()

    def negated(self, inner: Node, start: int) -> Node:
        # A number with its sign stays one literal, so that `weight = -1` compares integers.
        if inner.op == "literal" and type(inner.value) in (int, float):
            assert isinstance(inner.value, (int, float))
            return self.node("literal", (), start, -inner.value)
        return self.node("negate", [inner], start)

    def operand(self) -> Node:
        match self.token.kind:
            case "number":
                return self.number()
            case "string":
                token = self.advance()
                return Node("literal", token.span, value=token.text[1:-1].replace("''", "'"))
            case "name":
                return self.named()
            case _:
                raise self.error("expected a value, a fact or a condition" + self.two_signs())

    def two_signs(self) -> str:
        """What is meant by two signs that other languages write as one."""
        before = self._tokens[self._at - 1] if self._at else self.token
        written = before.text + self.token.text if before.span[1] == self.token.span[0] else ""
        return f", did you mean '{_TWO_SIGNS[written]}'?" if written in _TWO_SIGNS else ""

    def number(self) -> Node:
        text = self.token.text
        if sum(map(str.isdigit, text)) > _MAX_DIGITS:
            raise self.error(f"a number has at most {_MAX_DIGITS} digits", "bad_literal")
        token = self.advance()
        return Node("literal", token.span, value=float(text) if "." in text else int(text))

    def named(self) -> Node:
        token = self.advance()
        if not self.take("("):
            return Node("name", token.span, value=token.text)
        if token.text in QUANTIFIERS:
            return self.quantified(token)
        args = [self.nested(self.sum)]
        while self.take(","):
            args.append(self.nested(self.sum))
        if self.token.text == ":":  # only what looks into a list has one
            raise self.error("unexpected ':'", near=sorted(QUANTIFIERS), of=token)
        self.need(")")
        return self.node("call", args, token.span[0], token.text)

    def quantified(self, quantifier: Token) -> Node:
        if self.token.kind != "name":
            raise self.error("expected the name of a list")
        token = self.advance()
        args = [Node("list", token.span, value=token.text)]
        if self.take(":"):
            args.append(self.condition())
        self.need(")")
        return self.node(quantifier.text, args, quantifier.span[0])
