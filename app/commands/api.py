"""``egate api``: the description of the API and its problems, as they are kept in ``docs``."""

import sys


def print_description(what: str) -> int:
    """``openapi``: the OpenAPI document; ``problems``: the catalogue as Markdown."""
    from app.main import api_document  # noqa: PLC0415  # loads the whole program
    from app.web.api.description import as_json  # noqa: PLC0415
    from app.web.api.problems import as_markdown  # noqa: PLC0415

    sys.stdout.write(as_json(api_document()) if what == "openapi" else as_markdown())
    return 0
