"""Writing a new plugin into a new folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adfw.errors import PluginError
from adfw.scaffold.templates import rendered

if TYPE_CHECKING:
    from pathlib import Path

    from adfw.scaffold.names import PluginKind, PluginNames

HINTS: dict[PluginKind, str] = {
    "scorer": """\
`maps` measures, for each pixel, how far observed and expected differ; `score` makes one number of each map.
Declare what else holds in `traits = ScorerTraits(...)`, and the kit checks it; it hints at what seems to.""",
    "threshold": """\
`needs` says which scores it is fitted on: "none", "normal_scores" or "labelled_scores". Declare what else holds
in `traits = ThresholdTraits(...)`, and the kit checks it; it hints at what seems to.""",
    "model": """\
`fit` learns from normal images; `examine` says what was observed and what was expected of it. Whatever is learnt
is a parameter or a buffer: they are what a detector keeps.""",
    "dataset": """\
`split` returns "train", "calibration" (both normal) and "test"; a sample is decoded when it is indexed.
`conformance_examples` writes the few images on which the kit tries it.""",
}
DRAW = "adfw dataset draw --out images --size 64 --train 24 --calibration 6 --normal 8 --defects 3\n"


def write_plugin(names: PluginNames, out: Path) -> list[Path]:
    """Write the distribution into the new folder out/<distribution> and return its files.

    Raises PluginError where that folder exists, or cannot be written.
    """
    folder = out / names.distribution
    texts = rendered(_words(names))
    try:
        out.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    except FileExistsError as error:
        raise PluginError(
            f"{error.filename}: exists already and is left as it is; choose another name or --out"
        ) from None
    except OSError as error:
        raise PluginError(f"{folder}: cannot be written ({error.strerror}); choose another place with --out") from None
    return [folder / name for name in texts]


def _words(names: PluginNames) -> dict[str, str]:
    draw = DRAW if names.kind == "dataset" else ""
    return {
        "kind": names.kind,
        "Contract": names.kind.capitalize(),
        "distribution": names.distribution,
        "module": names.module,
        "component": names.component,
        "Class": names.class_name,
        "hint": HINTS[names.kind],
        "run": f"{draw}adfw run recipes/{names.component}.yaml",
    }
