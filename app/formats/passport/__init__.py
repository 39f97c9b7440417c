"""Passports with a chip: files, trust, and whether state and chip are what they say (ICAO Doc 9303-10, -11, -12)."""

from app.formats.passport.files import Portrait, read_portrait, read_zone
from app.formats.passport.signed import UntrustedError
from app.formats.passport.tlv import TlvError
from app.formats.passport.trust import TrustStore
from app.formats.passport.verify import Check, Chip, Finding, Outcome, Report, Verdict, verify

__all__ = [
    "Check", "Chip", "Finding", "Outcome", "Portrait", "Report", "TlvError", "TrustStore",
    "UntrustedError", "Verdict", "read_portrait", "read_zone", "verify",
]  # fmt: skip
