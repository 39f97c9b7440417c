"""Print the software bill of materials: CycloneDX 1.6 JSON of what an installation carries, made from the lock files alone.

The same locks give the same bytes: the serial number is derived from them, the time is ``SOURCE_DATE_EPOCH`` or none is told.
Usage: python .ci/sbom.py > sbom.json
"""

import base64
import json
import os
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.contrib.this.builders import this_component
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseAcknowledgement
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from pip_requirements_parser import RequirementsFile

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-pictures.lock")
"""What the program and the demo run with; tools of builds and tests are in locks of their own."""
BROWSER = "package-lock.json"
NAMESPACE = UUID("6e3b1f0e-2f0d-5c4a-9f55-6a2c2a5d8f10")


def from_python(name: str) -> Iterator[Component]:
    """A component for each line of a lock, with the hashes of the files that it allows."""
    for one in RequirementsFile.from_file(str(ROOT / name)).requirements:
        hashes = [HashType(alg=HashAlgorithm.SHA_256, content=text.partition(":")[2])
                  for text in sorted(one.hash_options)]  # fmt: skip
        yield library("pypi", one.name, one.get_pinned_version, name, hashes=hashes)


def from_browser() -> Iterator[Component]:
    """A component for each package whose files pages load; what only tests use is left out."""
    found = json.loads((ROOT / BROWSER).read_text())["packages"]
    for path, one in found.items():
        if path and not one.get("dev"):
            name = path.rpartition("node_modules/")[2]
            digest = base64.b64decode(one["integrity"].removeprefix("sha512-")).hex()
            licence = LicenseFactory().make_from_string(
                one["license"], license_acknowledgement=LicenseAcknowledgement.DECLARED
            )
            hashes = [HashType(alg=HashAlgorithm.SHA_512, content=digest)]
            yield library("npm", name, one["version"], BROWSER, hashes=hashes, licenses=[licence])


def library(kind: str, name: str, version: str, lock: str, **more: Any) -> Component:
    """A component that a lock names."""
    url = PackageURL(kind, None, name, version)
    return Component(
        name=name, version=version, type=ComponentType.LIBRARY, purl=url, bom_ref=str(url),
        properties=[Property(name="egate:lock", value=lock)], **more,
    )  # fmt: skip


def bill() -> str:
    """The bill as text."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    bom = Bom(components=[*(c for lock in LOCKS for c in from_python(lock)), *from_browser()])
    bom.metadata.component = Component(
        name=project["name"], version=project["version"], type=ComponentType.APPLICATION, bom_ref="egate",
        licenses=[LicenseFactory().make_from_string(project["license"])],
    )  # fmt: skip
    bom.metadata.tools.components.add(this_component())
    bom.register_dependency(bom.metadata.component, bom.components)
    texts = "".join((ROOT / name).read_text() for name in (*LOCKS, BROWSER))
    bom.serial_number = uuid5(NAMESPACE, project["version"] + texts)
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    bom.metadata.timestamp = datetime.fromtimestamp(int(epoch or 0), UTC)
    told = json.loads(JsonV1Dot6(bom).output_as_string())
    if epoch is None:
        del told["metadata"]["timestamp"]
    return json.dumps(told, indent=1, sort_keys=True)


if __name__ == "__main__":
    sys.stdout.write(bill() + "\n")
