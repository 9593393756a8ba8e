"""The list of parts (CycloneDX): every locked part, valid, the same twice, with licences and without addresses of registries."""

import json
import warnings

import pytest

from scripts import sbom

pytestmark = [pytest.mark.once]


def test_the_list_of_parts_is_whole_and_valid() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text, again = sbom.made(), sbom.made()
    assert text == again, "two lists of one lock can be compared"
    document = json.loads(text)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    listed = {(one["name"], one["version"]): one for one in document["components"]}
    locked = {(name, version) for name, version, _ in sbom.pinned()}
    assert len(locked) > 40
    assert locked <= listed.keys()
    assert [name for name, version in locked if "licenses" not in listed[name, version]] == []
    assert document["metadata"]["component"]["licenses"][0]["license"]["id"] == "EUPL-1.2"
