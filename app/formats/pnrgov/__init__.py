"""PNRGOV: passenger name records that airlines push per flight (IATA PADIS EDIFACT, 10:1 to 18:1)."""

from app.formats.pnrgov.privacy import SENSITIVE_SSR
from app.formats.pnrgov.reader import read
from app.formats.pnrgov.record import Pnr, PnrPush
from app.formats.pnrgov.writer import write

__all__ = ["SENSITIVE_SSR", "Pnr", "PnrPush", "read", "write"]
