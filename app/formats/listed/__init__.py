"""Published lists of persons: OFAC's SDN XML and FollowTheMoney JSON lines, read piece by piece into one shape.

Nothing is dropped in silence: what cannot be used comes as a :class:`Fault` with its line; a person whose
document or birth date alone cannot be used is given without it, and that is told too.
"""

from app.formats.listed.ftm import read_ftm
from app.formats.listed.model import BrokenFileError, Fault, Found, Person, Skipped
from app.formats.listed.sdn import read_sdn

__all__ = ["BrokenFileError", "Fault", "Found", "Person", "Skipped", "read_ftm", "read_sdn"]
