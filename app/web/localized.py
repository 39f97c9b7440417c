"""Templates with their messages set in: an environment for each language, in which a message costs what plain text costs.

What ``_()`` and ``{% trans %}`` put out is known when a template is compiled: the compiler is given the translation as
the template's own text, with the values between. Plural forms, and messages with values inside of expressions, are
looked up while a page is drawn; both ways say the same (a test compares them).
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from gettext import NullTranslations
from typing import Final, cast

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup

from app.kernel.texts import CONTEXT
from app.web.translation import catalogue, said

NAMES: Final = {"_": 1, "gettext": 1, "pgettext": 2}
"""Functions of templates, with the number of their arguments."""
_PLACE: Final = re.compile(r"%(?:\((\w+)\)s|%)")


class Translating(CodeGenerator):
    """Writes translations into what is compiled."""

    @property
    def known(self) -> NullTranslations:
        """The texts of the environment's language."""
        return catalogue(cast("Localized", self.environment).tag)

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:  # noqa: N802  # Jinja's name
        """Text and values of messages stand beside what is put out anyway."""
        told = [part for child in node.nodes for part in _set_in(child, self.known)]
        super().visit_Output(nodes.Output(told, lineno=node.lineno), frame)

    def visit_Call(  # noqa: N802
        self,
        node: nodes.Call,
        frame: Frame,
        forward_caller: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """A message without values inside of an expression is a constant."""
        message = _message_of(node)
        if message is None or node.kwargs:
            super().visit_Call(node, frame, forward_caller=forward_caller)
        else:
            self.write(repr(Markup(said(self.known, message)) % {}))  # noqa: S704  # our own texts


class Localized(Environment):
    """An environment that speaks one language."""

    code_generator_class = Translating
    tag = "en"


@lru_cache
def localized(environment: Localized, tag: str) -> Localized:
    """The environment in another language, with globals, filters and loader in common."""
    if tag == environment.tag:
        return environment
    other = environment.overlay()
    other.tag = tag
    return other


def _message_of(node: nodes.Expr) -> str | None:
    """The message of a call for a translation, with its context; None for anything else."""
    if not (isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name)):
        return None
    told = [one.value for one in node.args if isinstance(one, nodes.Const)]
    if node.dyn_kwargs or len(told) != len(node.args) or NAMES.get(node.node.name) != len(told):
        return None
    return CONTEXT.join(told)


def _set_in(node: nodes.Expr, known: NullTranslations) -> list[nodes.Expr]:
    """What a message puts out, piece by piece; the node itself where it is none."""
    message = _message_of(node)
    if message is None:
        return [node]
    values = {one.key: one.value for one in cast("nodes.Call", node).kwargs}
    return list(_pieces(said(known, message), values, node.lineno))


def _pieces(text: str, values: Mapping[str, nodes.Expr], lineno: int) -> Iterator[nodes.Expr]:
    place = 0
    for found in _PLACE.finditer(text):
        yield nodes.TemplateData(text[place : found.start()], lineno=lineno)
        name = found[1]
        yield values[name] if name else nodes.TemplateData("%", lineno=lineno)
        place = found.end()
    yield nodes.TemplateData(text[place:], lineno=lineno)
