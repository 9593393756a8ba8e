"""The list of parts (CycloneDX 1.6): what an installation is made of, with versions and licences: `make sbom`.

Written from requirements/run.lock and from what the installed parts say of their licences; the same lock gives the same
list. Held against the schema before it is written.
"""

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "run.lock"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*([^\\]+))?", re.MULTILINE)
# What lies in the package and was made by others: name, version, licence, where.
CARRIED = (
    ("Schibsted Grotesk", "2023", "OFL-1.1", "torget/core/static/torget/fonts"),
    ("E-ARK CSIP and SIP profiles, METS and PREMIS schemas", "2.2.0", "CC-BY-4.0", "torget/archive/data"),
)  # fmt: skip


# Parts whose metadata is silent, or that only other systems install: from their own licence files.
SILENT = {"colorama": "BSD-3-Clause", "imapclient": "BSD-3-Clause", "pyrage": "MIT"}


def pinned() -> list[tuple[str, str, str]]:
    """(name, version, marker) of each part in the lock, in order."""
    return [(name, version, (marker or "").strip()) for name, version, marker in PIN.findall(LOCK.read_text())]


def licence_of(name: str) -> str:
    """What the installed part says of its licence: the expression, the field or the classifiers; "" where it is not installed."""
    try:
        # As the message that it is: what its type promises has no `get` before Python 3.12.
        told: Any = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return SILENT.get(name, "")
    if expression := told.get("License-Expression"):
        return str(expression)
    classed = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or [] if one.startswith("License :: ")]
    field = (told.get("License") or "").strip()
    # Some write the whole text into the field.
    return field if 0 < len(field) < 60 and "\n" not in field else " AND ".join(sorted(classed)) or SILENT.get(name, "")


def components() -> Iterator[Component]:
    """A component for each part, and for what the package carries of others."""
    licences = LicenseFactory()
    for name, version, marker in pinned():
        said = licence_of(name)
        yield Component(
            type=ComponentType.LIBRARY,
            name=name,
            version=version,
            purl=PackageURL("pypi", name=name.lower(), version=version),
            bom_ref=f"{name}@{version}",
            licenses=[licences.make_from_string(said)] if said else [],
            properties=[Property(name="torget:marker", value=marker)] if marker else [],
        )
    for name, version, licence, place in CARRIED:
        where = Property(name="torget:place", value=place)
        yield Component(
            type=ComponentType.DATA, name=name, version=version, bom_ref=place, properties=[where],
            licenses=[licences.make_from_string(licence)],
        )  # fmt: skip


def made() -> str:
    """The list as JSON, valid against the schema. Errors: ValueError with what the schema says."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    digest = sha256(LOCK.read_bytes()).hexdigest()
    bom = Bom(components=components(), serial_number=uuid5(NAMESPACE_URL, digest))
    bom.metadata.component = Component(
        type=ComponentType.APPLICATION,
        name=project["name"],
        version=project["version"],
        bom_ref="torget",
        licenses=[LicenseFactory().make_from_string(project["license"])],
        properties=[Property(name="torget:lock", value=f"sha256:{digest}")],
    )
    # The same lock gives the same bytes, so that two can be compared.
    bom.register_dependency(bom.metadata.component, list(bom.components))
    text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)
    document = json.loads(text)
    document["metadata"].pop("timestamp", None)
    text = json.dumps(document, indent=1, ensure_ascii=False)
    if wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(str(wrong))
    return text


def main() -> int:
    """Write the list, and name the parts that say nothing of their licence here (those for other systems)."""
    parser = argparse.ArgumentParser(description="Write the list of parts of an installation (CycloneDX).")
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "sbom.cdx.json")
    given = parser.parse_args()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(made() + "\n", encoding="utf-8")
    silent = [name for name, _, _ in pinned() if not licence_of(name)]
    print(f"{given.out}: {len(pinned())} parts; without a licence here: {', '.join(silent) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
