"""Makes an export: trace, write, prove, and only then put it where it was asked for."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import adfw
from adfw.catalog import Catalog
from adfw.deriving import add_step, find_origin, put_in_place, require_free
from adfw.detector_folder import EXPORT, WEIGHTS, read_detector
from adfw.errors import ExportError
from adfw.exports.engines import ENGINES, OPSET, engine_of
from adfw.exports.graph import INPUTS, OUTPUTS, trace
from adfw.exports.images import images_for
from adfw.exports.loading import FORMAT
from adfw.exports.parity import Parity, require_parity
from adfw.json_files import write_json
from adfw.manifest import NAME as MANIFEST
from adfw.manifest import write_manifest
from adfw.registry.blobs import copy_package

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from adfw.detector import Detector
    from adfw.exports.engines import Target
    from adfw.registry import Registry

RUNNER = Path(__file__).with_name("inspect_onnx.py")


class Exported(NamedTuple):
    """A finished export: its folder and digest, its parent's digest, and what the gate measured."""

    folder: Path
    digest: str
    parent: str
    parity: Parity


def export(  # noqa: PLR0913 - keywords with defaults
    detector: Path | str,
    to: Target,
    *,
    out: Path | None = None,
    images: Iterable[Path] = (),
    registry: Registry | None = None,
    catalog: Catalog | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Exported:
    """Export a detector as one graph from decoded images to scores, for ONNX Runtime, OpenVINO or torch alone.

    `detector` is a reference, a detector's folder or a run. The export is compared on the package's golden images, the
    calibration and test images of its run where they are at hand, and `images`; `say` hears what is not. Raises
    ExportError where the detector cannot be expressed or a score or verdict differs; then nothing is written. Raises
    DetectorError or RegistryError for the detector itself, and DetectorError where `out` is there already.
    """
    engine, catalog = engine_of(to), Catalog.discover() if catalog is None else catalog
    folder, name = find_origin(detector, registry)
    target = folder.with_name(f"{folder.name}-{to}") if out is None and not name else out or Path(f"{name}-{to}")
    require_free(target)
    source = read_detector(folder, catalog=catalog)
    _require_exportable(source, folder)
    with tempfile.TemporaryDirectory(prefix="adfw-") as place:
        made = Path(place) / "export"
        made.mkdir()
        parent, _ = copy_package(folder, made)
        for left_out in (WEIGHTS, MANIFEST):
            (made / left_out).unlink()
        engine.write(trace(source), made / engine.file)
        proofs = images_for(folder, images, catalog, say)
        parity = require_parity(source, engine.load(made / engine.file), proofs)
        _describe(made, to, parent, parity, source.preprocessing.shape[0])
        digest = write_manifest(made)
        put_in_place(made, target)
    return Exported(target, digest, parent, parity)


def _require_exportable(detector: Detector, folder: Path) -> None:
    if (folder / EXPORT).is_file():
        raise ExportError(f"{folder}: is an export already; export its parent")
    if detector.cut is None:
        raise ExportError(f"{folder}: has no threshold, so it decides nothing; choose one with `adfw rethreshold`")


def _describe(made: Path, to: Target, parent: str, parity: Parity, channels: int) -> None:
    """Write export.json, add the step to the lineage, and lay the runner beside an ONNX file."""
    document = {
        "format": FORMAT,
        "target": to,
        "file": ENGINES[to].file,
        "parent": parent,
        "opset": None if to == "torch" else OPSET,
        "inputs": {INPUTS[0]: ["N", channels, "H", "W"], INPUTS[1]: ["N"]},
        "outputs": list(OUTPUTS),
        "adfw": adfw.__version__,
        "parity": parity.document(),
    }
    write_json(made / EXPORT, document)
    add_step(made, "export", parent, {"to": to})
    if to == "onnx":
        shutil.copyfile(RUNNER, made / RUNNER.name)
