"""The process that decodes and scores for one detector, so that nothing an image does reaches the service itself.

Started as `python -m adfw.serving.worker FD JSON`; it speaks `framing` over the socket FD and ends when the service
is gone. It leaves signals to the service, which lets it finish what it has.
"""

from __future__ import annotations

import json
import signal
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from adfw.detector_folder import SCORES, read_detector
from adfw.errors import AdfwError, DetectorError
from adfw.images.formats import ImageLimits
from adfw.json_files import read_json
from adfw.manifest import read_manifest, verify_manifest
from adfw.memory import reuse_freed_memory
from adfw.registry.golden import FILE, FOLDER, golden_faults
from adfw.scores import ScoreTable
from adfw.serving.framing import pack, read_message
from adfw.serving.scoring import Scoring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adfw.detector import Detector
    from adfw.serving.scoring import Send

DECODERS = 2


def main() -> None:
    """Load, prove and warm up the detector, tell what it is, then score."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    link = socket.socket(fileno=int(sys.argv[1]))
    job, lock = json.loads(sys.argv[2]), threading.Lock()

    def send(header: Mapping[str, Any], blobs: Mapping[str, bytes]) -> None:
        message = b"".join(pack(header, blobs))
        with lock:
            link.sendall(message)

    try:
        detector = _loaded(job)
        send({"ready": _description(detector, Path(job["folder"]))}, {})
    except AdfwError as error:
        send({"fault": str(error)}, {})
        return
    limits = ImageLimits(max_pixels=job["max_pixels"], max_bytes=job["max_bytes"])
    scoring = Scoring(detector, limits, job["batch"], send)
    threading.Thread(target=_listen, args=(link, scoring, Path(job["folder"]), send), daemon=True).start()
    with reuse_freed_memory(), suppress(ConnectionError):  # a service that is gone hears no answer
        scoring.run()


def _loaded(job: Mapping[str, Any]) -> Detector:
    """Return a detector whose bytes, golden images and threshold are what was published; raises DetectorError."""
    folder = Path(job["folder"])
    if job["threads"]:
        torch.set_num_threads(job["threads"])
    detector = read_detector(folder, device=job["device"])
    if read_manifest(folder)[1] != job["digest"]:
        raise DetectorError(f"{folder}: is another package than {job['digest']}; take an undamaged copy")
    if detector.cut is None:
        raise DetectorError(f"{folder}: this detector has no threshold; choose one with `adfw rethreshold`")
    if faults := _golden(detector, folder):
        raise DetectorError(f"{folder}: does not decide as it did; {'; '.join(faults)}")
    for count in {1, int(job["batch"])}:
        detector.score(torch.zeros((count, *detector.preprocessing.shape)))
    return detector


def _golden(detector: Detector, folder: Path) -> list[str]:
    return golden_faults(detector, folder / FOLDER) if (folder / FOLDER / FILE).is_file() else []


def _description(detector: Detector, folder: Path) -> dict[str, Any]:
    cut = detector.cut
    assert cut is not None  # `_loaded` refuses one without
    golden = folder / FOLDER / FILE
    scores = ScoreTable.read_csv(folder / SCORES).of_split("calibration") if (folder / SCORES).is_file() else None
    return {
        "threshold": cut.value,
        "review_from": cut.review_from,
        "promise": cut.promise,
        "model": detector.model_config.label(),
        "scorer": detector.scorer_config.label(),
        "golden": len(read_json(golden)["images"]) if golden.is_file() else 0,
        "calibration": [] if scores is None else scores.score.tolist(),
    }


def _listen(link: socket.socket, scoring: Scoring, folder: Path, send: Send) -> None:
    """Let whoever is free take the next message and decode its image: it need not be handed to another thread."""
    stream, turn = link.makefile("rb"), threading.Lock()

    def take() -> None:
        while True:
            with turn:
                message = read_message(stream)
            if message is None:
                return
            header = message.header
            if "check" in header:
                threading.Thread(target=_check, args=(header["check"], scoring, folder, send), daemon=True).start()
            else:
                scoring.accept(header, message.blobs["image"])

    # Only the thread that scores uses several cores in an operation; see Scoring.
    with ThreadPoolExecutor(DECODERS, "adfw-decode", torch.set_num_threads, (1,)) as decoders:
        for _ in range(DECODERS):
            decoders.submit(take)
    scoring.stop()


def _check(number: int, scoring: Scoring, folder: Path, send: Send) -> None:
    """Hash the package again; if it is whole, look at its golden images with the detector in memory."""
    try:
        verify_manifest(folder)
    except (AdfwError, OSError) as error:
        send({"id": number, "faults": [], "stored": str(error)}, {})
        return
    scoring.between(lambda: send({"id": number, "faults": _golden(scoring.detector, folder), "stored": ""}, {}))


if __name__ == "__main__":
    main()
