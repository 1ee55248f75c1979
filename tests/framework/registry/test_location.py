from __future__ import annotations

import sys
from pathlib import Path

import pytest

from adfw import RegistryError
from adfw.registry import Registry, location

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /mnt/plant\\040one rw - nfs4 server:/share rw
31 22 0:41 / /home rw master:3 propagate_from:2 - cifs //server/home rw
32 31 8:3 / /home/local rw - xfs /dev/sdb1 rw
33 22 0:42 / /mnt/cloud rw - fuse.sshfs me@host: rw
34 22 0:43 / /mnt/over rw - ext4 /dev/sdc1 rw
35 34 0:44 / /mnt/over rw - nfs server:/x rw
"""


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS)
    monkeypatch.setattr(location.sys, "platform", "linux")
    read = location._linux_mounts
    monkeypatch.setattr(location, "_linux_mounts", lambda path: read(table))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib", "ext4"),
        ("/mnt/plant one/adfw", "nfs4"),
        ("/mnt/plant", "ext4"),
        ("/home/me", "cifs"),
        ("/home/local/me", "xfs"),
        ("/homestead", "ext4"),
        ("/mnt/over/x", "nfs"),
    ],
)
def test_the_innermost_mount_tells_the_file_system(mounts: None, path: str, kind: str) -> None:
    assert location.filesystem(Path(path)) == kind


@pytest.mark.parametrize("path", ["/mnt/plant one/adfw", "/home/me", "/mnt/cloud", "/mnt/over"])
def test_network_file_systems_are_refused_before_anything_is_written(mounts: None, path: str) -> None:
    with pytest.raises(RegistryError, match=r"network file system .* set ADFW_HOME"):
        location.refuse_network(Path(path))


def test_publishing_asks(mounts: None, make_package: object) -> None:
    package = make_package("a")
    with pytest.raises(RegistryError, match="nfs4"):
        Registry(Path("/mnt/plant one/adfw/registry")).publish(package, "capsule")


def test_the_mounts_of_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    class Listed:
        stdout = "/dev/disk3s1 on / (apfs, local)\n//me@host/share on /Volumes/share (smbfs, nodev)\n"

    monkeypatch.setattr(location.sys, "platform", "darwin")
    monkeypatch.setattr(location.subprocess, "run", lambda *words, **options: Listed)
    assert location.filesystem(Path("/Volumes/share/x")) == "smbfs"
    assert location.filesystem(Path("/Users/me")) == "apfs"


def test_a_platform_that_does_not_tell_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(location.sys, "platform", "plan9")
    location.refuse_network(Path("/anywhere"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_this_machine_tells_something() -> None:
    assert location.filesystem(Path.cwd())


def test_the_place_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADFW_HOME", str(tmp_path / "höme dir"))
    assert Registry().root == tmp_path / "höme dir" / "registry"
    monkeypatch.delenv("ADFW_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert Registry().root.parent.name == "adfw"
