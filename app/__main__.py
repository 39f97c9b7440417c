"""``python -m app`` is ``egate``."""

import sys

from app.cli import main

sys.exit(main())
