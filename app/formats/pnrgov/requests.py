"""Service requests (SSR): what one says by its text alone, wherever it stands in a booking."""

from app.formats.edifact import Segment
from app.formats.pnrgov import elements, ssr
from app.formats.pnrgov.drafts import LONGEST_TEXT, Asked, Context
from app.formats.pnrgov.elements import code
from app.formats.pnrgov.privacy import DROPPED, mask_cards, sensitive, tells_sensitive
from app.formats.pnrgov.record import SpecialService

_DENIED = Asked("", [], "", [], dropped=True)


def request(segment: Segment, context: Context) -> Asked:
    """SSR: `SSR+CODE:status:quantity:carrier:::board:off:text+data::traveller reference`."""
    texts, escapes = segment.texts, segment.escapes
    parts = texts[1].split(segment.separator, 8) if len(texts) > 1 else [""]
    if escapes:
        parts = [one.translate(escapes) for one in parts]
    if len(parts) < 9:
        parts += [""] * (9 - len(parts))
    try:
        name = context.codes[parts[0]]
    except KeyError:
        name = context.codes[parts[0]] = _admitted(parts[0].strip(" \t"), context.deny)
    if name is None:
        return _DENIED
    if not name and tells_sensitive(" ".join(segment.text(1)), context.deny):
        return _DENIED  # a code that is written together with more
    remark = parts[8][:LONGEST_TEXT].strip(" \t")
    if name in _SLASHED and (remark[:1] == ":" or "/" not in remark):
        remark = _displaced(parts, segment) or remark
    if remark and ssr.tells(name, remark, context.deny):
        return _DENIED
    return Asked(name, parts, remark, segment.composites(2))


_SLASHED = frozenset({"DOCS", "DOCO", "DOCA"})


def _displaced(parts: list[str], segment: Segment) -> str:
    """The text of a document where a sender has one component too few or too many, or begins an element: the
    first that begins with a slash. '' where none does.
    """
    found = [*parts[1:8], parts[8].lstrip(" \t:"), *segment.text(2)]
    texts = (one.strip(" \t") for one in found)
    return next((one[:LONGEST_TEXT] for one in texts if one[:1] == "/" and len(one) > 2), "")


def service_of(asked: Asked, who: int | None = None) -> SpecialService:
    """An SSR as it is kept when no grammar reads it, of a traveller or of nobody."""
    found = asked.services.get(who)
    if found is None:
        _, status, quantity, carrier, _, _, board, off, _ = asked.parts
        found = asked.services[who] = SpecialService(
            asked.code, code(status.strip(" ")), elements.number(quantity.strip(" ")),
            code(carrier.strip(" ")), code(board.strip(" "), 4) if board else "",
            code(off.strip(" "), 4) if off else "",
            mask_cards(asked.text, ssr.shortest_card(asked.code)) if asked.text else "", who,
        )  # fmt: skip
    return found


def _admitted(sent: str, deny: frozenset[str]) -> str | None:
    """The code of a service request, '' for what is none, None when it is denied."""
    name = code(sent, 4)
    return None if sent == DROPPED or sensitive(name, deny) else name
