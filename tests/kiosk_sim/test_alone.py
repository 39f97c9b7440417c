"""A kiosk carries the formats and nothing else of the service: no rules, no database, no lists."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOOK = """
import importlib, json, pkgutil, sys
import kiosk_sim
for module in pkgutil.walk_packages(kiosk_sim.__path__, "kiosk_sim."):
    importlib.import_module(module.name)
print(json.dumps(sorted(sys.modules)))
"""


def test_all_of_it_imports_the_formats_alone() -> None:
    import json

    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    loaded = json.loads(done.stdout)
    ours = {name for name in loaded if name.split(".")[0] == "app"}
    assert "app.formats" in ours
    assert {name for name in ours if name != "app" and not name.startswith("app.formats")} == set()
    assert not {"risk_rules", "sqlalchemy", "psycopg", "alembic"} & set(loaded)
    assert "kiosk_sim.agent" in loaded
    assert "kiosk_sim.scenarios" in loaded
