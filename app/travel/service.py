"""What other features ask of travel."""

from app.travel.identity import Claims, Match, compare, document_key, name_key, read_name
from app.travel.same_person import join_link, propose_link, undo_link
from app.travel.touch import touch

__all__ = [
    "Claims",
    "Match",
    "compare",
    "document_key",
    "join_link",
    "name_key",
    "propose_link",
    "read_name",
    "touch",
    "undo_link",
]
