"""What other features ask of travel."""

from app.travel.identity import Claims, Match, compare, document_key, name_key, read_name
from app.travel.touch import touch
from app.travel.travellers import join_link, undo_link

__all__ = [
    "Claims",
    "Match",
    "compare",
    "document_key",
    "join_link",
    "name_key",
    "read_name",
    "touch",
    "undo_link",
]
