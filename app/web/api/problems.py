"""The catalogue of problems: what every ``code`` means and what the caller should do. One table for docs, pages and OpenAPI.

Code, status and title are the error class's; its docstring says when it is raised.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import app
from app.kernel.errors import PROBLEM_TYPE, EgateError

ADVICE: dict[int, str] = {
    400: "Mend the request; it cannot be read as HTTP or as the body it claims to be.",
    401: "Get a valid credential (sign in, fetch a new token) and call again.",
    403: "Do not repeat it with this credential: it lacks the right.",
    404: 'Do not repeat it; check the id. What another site or caller has is "not there", too.',
    405: "Use a method that `Allow` names.",
    406: "Ask for a media type that the operation lists.",
    409: "Read the thing again, decide anew; the same request will be refused again.",
    410: "Forget the cursor, read everything anew, go on from there.",
    413: "Send less at once; the operation says how much.",
    415: "Send the media type that the operation lists.",
    422: "Mend what `errors` or `detail` names; the same request will be refused again.",
    429: "Wait `Retry-After` seconds, then go on more slowly; `RateLimit` tells what is left.",
    500: "Repeat it once with the same Idempotency-Key; if it comes again, report `instance`.",
    503: "Repeat it with the same Idempotency-Key, waiting twice as long each time.",
}  # fmt: skip
SPECIAL: dict[str, str] = {
    "idempotency-key-reused": "Use a new key for a new request; keep the old key for repetitions only.",
    "assertion-invalid": "Sign a new assertion (new `jti`, right clock, at most 60 s); if it comes again, enrol the device anew.",
    "clearance-consumed": "The door has been opened for it. Keep the door shut and present again.",
    "clearance-expired": "Keep the door shut and present again.",
    "clearance-revoked": "Keep the door shut and present again.",
    "no-clearance": "Keep the door shut and present again.",
    "already-passed": "Keep the door shut; an officer comes.",
    "message-empty": "Send the interchange as the body, as it is.",
    "enrolment-refused": "Ask the technician for a new code.",
    "sign-in-failed": "Ask for a new code.",
    "cross-site": "Call from our own pages, or use a token instead of the cookie.",
}
ROUTED = (
    ("bad-request", 400, "This request cannot be read", "The request is not well formed."),
    ("method-not-allowed", 405, "This address does not take that method", "The address is right, the method is not."),
    ("unsupported-media-type", 415, "This kind of content is not taken here", "The Content-Type is none that is taken here."),
    ("internal", 500, "Something went wrong", "An error that nobody foresaw; it is in the log under `instance`."),
)  # fmt: skip
"""What the router and the last line of defence answer, without a class of ours."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry. ``packages``: which parts of the program raise it."""

    code: str
    status: int
    title: str
    meanings: tuple[str, ...]
    packages: frozenset[str]

    @property
    def advice(self) -> str:
        return SPECIAL.get(self.code, ADVICE[self.status])


@cache
def catalogue() -> dict[str, Problem]:
    """All problems by code, sorted by status and code."""
    found: dict[str, Problem] = {
        code: Problem(code, status, title, (meaning,), frozenset({"kernel"}))
        for code, status, title, meaning in ROUTED
    }
    for kind in sorted(_kinds(EgateError), key=lambda one: (one.__module__, one.__name__)):
        known = found.get(kind.code)
        meanings = dict.fromkeys([*(known.meanings if known else ()), *_meaning(kind)])
        package = kind.__module__.split(".")[1]
        found[kind.code] = Problem(
            kind.code, kind.status, known.title if known else kind.title, tuple(meanings),
            frozenset({package, *(known.packages if known else ())}),
        )  # fmt: skip
    return {one.code: one for one in sorted(found.values(), key=lambda one: (one.status, one.code))}


def _kinds(base: type[EgateError]) -> Iterator[type[EgateError]]:
    """The error classes of the program: those with a code of their own and a public name."""
    if base is EgateError:
        for module in pkgutil.walk_packages(app.__path__, "app."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for kind in base.__subclasses__():
        if not kind.__name__.startswith("_") and kind.__module__.startswith("app."):
            yield kind
        yield from _kinds(kind)


def _meaning(kind: type[EgateError]) -> list[str]:
    """The first paragraph of its docstring, for readers outside: without the marks of ours."""
    text = " ".join((kind.__dict__.get("__doc__") or "").partition("\n\n")[0].split())
    return [text.replace("``", "`")] if text and ":data:" not in text else []


def as_markdown() -> str:
    """The catalogue as ``docs/problems.md``."""
    lines = [
        "# Problems", "",
        "Every error is an RFC 9457 problem document, `application/problem+json`: `type` (`" + PROBLEM_TYPE + "` and the code), `title`,",
        "`status`, `instance` (the request, for whoever looks into the log), and, where it helps, `detail` and `errors` (a JSON pointer and a code",
        "for each field). Nothing that was sent is ever repeated. Go by `type` and `status`; titles may be reworded. The same page is served at",
        "`/problems/` and for one code at `/problems/<code>`, where `EGATE_API_DOCS` allows it. Made by `make api-docs`.",
    ]  # fmt: skip
    status = 0
    for one in catalogue().values():
        if one.status != status:
            status = one.status
            lines += ["", f"## {status}", "", f"{ADVICE[status]}", "", "| code | title | when |", "|---|---|---|"]  # fmt: skip
        when = " ".join(one.meanings) or "As the title says."
        if one.code in SPECIAL:
            when += f" **{one.advice}**"
        lines.append(f"| `{one.code}` | {one.title} | {when.replace('|', '/')} |")
    return "\n".join(lines) + "\n"
