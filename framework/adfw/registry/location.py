"""Where the registry lies, and whether its file system can carry it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from adfw.errors import RegistryError

NETWORK = frozenset(
    {
        *("9p", "afs", "afpfs", "beegfs", "ceph", "cifs", "coda", "fhgfs", "gfs", "gfs2", "glusterfs", "gpfs"),
        *("lustre", "ncpfs", "nfs", "nfs3", "nfs4", "ocfs2", "orangefs", "panfs", "prl_fs", "pvfs2", "smb3"),
        *("smbfs", "vboxsf", "virtiofs", "vmhgfs", "webdav"),
    }
)
"""File systems on which the shared memory of SQLite's write-ahead log is not shared between machines."""


def registry_root() -> Path:
    """Return ADFW_HOME/registry, or registry/ in the platform's folder for data of users."""
    home = os.environ.get("ADFW_HOME")
    if home:
        return Path(home).expanduser() / "registry"
    from platformdirs import user_data_path

    return user_data_path("adfw", appauthor=False) / "registry"


def refuse_network(root: Path) -> None:
    """Raise RegistryError if a folder, which may not exist yet, is on a network file system."""
    kind = filesystem(root)
    if kind in NETWORK or kind.startswith("fuse."):
        raise RegistryError(
            f"{root}: lies on a network file system ({kind}), on which two machines could destroy the registry; "
            f"set ADFW_HOME to a folder on a local disk and carry detectors over with `adfw models export`"
        )


def filesystem(path: Path) -> str:
    """Return the type of the file system that holds a path, e.g. ext4, "" where the platform does not tell."""
    if sys.platform.startswith("linux"):
        return _type_in(_linux_mounts(Path("/proc/self/mountinfo")), path)
    if sys.platform == "darwin":
        return _type_in(_bsd_mounts(), path)
    return ""


def _type_in(mounts: list[tuple[Path, str]], path: Path) -> str:
    """Return the type of the innermost mount above a path; of two at one place the later covers the earlier."""
    place = path.resolve()
    above = [(len(point.parts), index) for index, (point, _) in enumerate(mounts) if place.is_relative_to(point)]
    return mounts[max(above)[1]][1] if above else ""


def _linux_mounts(table: Path) -> list[tuple[Path, str]]:
    """Read mountinfo (proc(5)): the mount point is field 5 with octal escapes, the type follows the lone hyphen."""
    mounts = []
    for line in table.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        fields = line.split(" ")
        point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields[4])
        mounts.append((Path(point), fields[fields.index("-", 6) + 1]))
    return mounts


def _bsd_mounts() -> list[tuple[Path, str]]:
    """Read lines like `//me@host/share on /Volumes/share (smbfs, nodev)`."""
    listed = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False).stdout
    mounts = []
    for line in listed.splitlines():
        point, _, options = line.partition(" on ")[2].rpartition(" (")
        mounts.append((Path(point), options.split(",")[0].rstrip(")")))
    return mounts
