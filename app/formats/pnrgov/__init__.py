"""PNRGOV: passenger name records that airlines push per flight (IATA PADIS EDIFACT, 10:1 to 18:1)."""

from app.formats.pnrgov.privacy import SENSITIVE_SSR
from app.formats.pnrgov.reader import read

__all__ = ["SENSITIVE_SSR", "read"]
