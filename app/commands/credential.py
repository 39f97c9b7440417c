"""Credentials, from the command line; loads nothing of the service."""

import json
import sys
import time
from pathlib import Path

from app.formats.credential import CredentialError, KeyRingError, open_to_json, pasted


def open_credential(text: str, keys: Path | None, now: int | None) -> int:
    """``egate credential open``: claims as JSON and 0, or ``{"error": code}`` and 1; 2 without keys."""
    try:
        known = json.loads(keys.read_text(encoding="utf-8")) if keys else {}
        claims = open_to_json(pasted(text), known, int(time.time()) if now is None else now)
    except CredentialError as error:
        print(json.dumps({"error": error.code}))
        return 1
    except (OSError, ValueError, RecursionError, KeyRingError):
        print("egate: the file of keys cannot be read as such", file=sys.stderr)
        return 2
    print(json.dumps(claims))
    return 0
