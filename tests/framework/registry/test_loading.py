from __future__ import annotations

import socket
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest

import adfw
from adfw import Catalog, DetectorError, PluginVersionWarning, RegistryError, publish

if TYPE_CHECKING:
    from pathlib import Path

    from adfw.line import Run
    from adfw.registry import Registry


def test_every_reference_and_folder_loads_the_same_detector(finished: Run, registry: Registry, toys: Catalog) -> None:
    version = publish(finished, registry=registry)
    registry.set_alias(version, "champion")
    samples = toys.find("dataset", "plates").config().build().split("test")
    expected = finished.table.of_split("test").score
    folder = finished.folder / "detector"
    for reference in ("plates", "plates:1", "plates@champion", f"plates@{version.digest}", folder, str(folder)):
        detector = adfw.load_detector(reference, registry=registry, catalog=toys)
        assert np.array_equal(detector.inspect([sample.image for sample in samples]).scores, expected), reference


def test_the_registry_of_adfw_home_is_the_default(
    finished: Run, toys: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADFW_HOME", str(tmp_path / "home"))
    publish(finished)
    assert adfw.load_detector("plates", catalog=toys).cut is not None


def test_a_package_whose_manifest_was_forged_is_refused(finished: Run, registry: Registry, toys: Catalog) -> None:
    from adfw.manifest import write_manifest

    place = registry.folder(publish(finished, registry=registry))
    for path in place.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    threshold = place / "threshold.json"
    threshold.write_text(threshold.read_text().replace('"finite"', '"never"'))
    with pytest.raises(DetectorError, match=r"threshold\.json is damaged"):
        adfw.load_detector("plates", registry=registry, catalog=toys)
    write_manifest(place)
    with pytest.raises(DetectorError, match="not the published one"):
        adfw.load_detector("plates", registry=registry, catalog=toys)


def test_a_plugin_that_is_not_installed_is_named(finished: Run, registry: Registry) -> None:
    publish(finished, registry=registry)
    with pytest.raises(DetectorError, match=r"adfw-toys 1\.2\.3: pip install adfw-toys==1\.2\.3;"):
        adfw.load_detector("plates", registry=registry, catalog=Catalog())


@pytest.mark.parametrize(("version", "warns"), [("1.9.0", False), ("2.0.0", True)])
def test_another_major_version_of_a_plugin_is_warned_of(
    finished: Run, registry: Registry, toys: Catalog, version: str, warns: bool
) -> None:
    publish(finished, registry=registry)
    other = Catalog(tuple(entry._replace(source=entry.source._replace(version=version)) for entry in toys.entries))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        adfw.load_detector("plates", registry=registry, catalog=other)
    said = {str(warning.message) for warning in caught if warning.category is PluginVersionWarning}
    assert bool(said) is warns
    if warns:
        assert all("was made with adfw-toys 1.2.3, and 2.0.0 is installed" in text for text in said)


def test_another_distribution_with_the_same_component_is_warned_of(
    finished: Run, registry: Registry, toys: Catalog
) -> None:
    publish(finished, registry=registry)
    other = [entry._replace(source=entry.source._replace(distribution="impostor")) for entry in toys.entries]
    with pytest.warns(PluginVersionWarning, match=r"impostor 1\.2\.3.*pip install adfw-toys==1\.2\.3"):
        adfw.load_detector("plates", registry=registry, catalog=Catalog(tuple(other)))


def test_an_unknown_name_and_a_missing_folder_are_told_apart(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"no model 'detector'.*for a folder write \./detector"):
        adfw.load_detector("detector", registry=registry)
    with pytest.raises(DetectorError, match=r"no manifest\.json"):
        adfw.load_detector("./detector", registry=registry)
    with pytest.raises(RegistryError, match="no model's name"):
        adfw.load_detector("%2e%2e", registry=registry)


def test_loading_needs_no_network(
    finished: Run, registry: Registry, toys: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    publish(finished, registry=registry)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    adfw.load_detector("plates", registry=registry, catalog=toys)


@pytest.mark.parametrize("device", ["cuda:99", "mps", "abacus"])
def test_a_device_that_is_not_there_is_said(finished: Run, toys: Catalog, device: str) -> None:
    with pytest.raises(DetectorError, match=rf"the device '{device}' does not work on this machine \(.+\); use cpu"):
        adfw.load_detector(finished.folder / "detector", catalog=toys, device=device)
