"""The likeliest mistakes, and the very sentences they are answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from adfw import Catalog, RecipeError, load_recipe
from adfw.catalog import Fault, Source
from adfw.recipe.reading import MAX_BYTES

GOOD = """\
seed: 3
dataset:
  name: parts
  root: data
preprocessing: {size: 64, color: grey}
model:
  name: net
  downsample: stride
scorers:
  - {name: pixel}
thresholds:
  - {name: quantile, q: 0.95}
"""
TOP = "name, requires, seed, dataset, preprocessing, model, scorers, thresholds, protocol, synthetic, costs, compute"

# mistake: (what is written, instead of what, the whole message)
MISTAKES = {
    "a value that is not allowed": (
        ("downsample: strid", "downsample: stride"),
        "x.yaml:8: model.downsample: 'strid' is not allowed; allowed: stride, max_pool; did you mean 'stride'?",
    ),
    "a misspelt key": (
        ("  downsampel: stride", "  downsample: stride"),
        "x.yaml:8: model.downsampel: there is no such key; allowed: name, downsample, kernel, dropout, training; "
        "did you mean 'downsample'?",
    ),
    "a misspelt section": (
        ("modle:", "model:"),
        f"x.yaml:1: model: is missing; add `model: ...` to the recipe\n"
        f"x.yaml:6: modle: there is no such key; allowed: {TOP}; did you mean 'model'?",
    ),
    "a key one level too high": (
        ("dropout: 0.2\nseed: 3", "seed: 3"),
        f"x.yaml:1: dropout: there is no such key; allowed: {TOP}; did you mean 'model.dropout'?",
    ),
    "a key called like its component": (
        ("dropout: x\n  net: {dropout: 1}", "downsample: stride"),
        "x.yaml:8: model.dropout: should be a number, but is the text 'x'\n"
        "x.yaml:9: model.net: there is no such key; allowed: name, downsample, kernel, dropout, training",
    ),
    "a missing key": (
        ("  category: nut", "  root: data"),
        "x.yaml:2: dataset.root: is missing; add `root: ...` to dataset",
    ),
    "a missing key with a description": (
        ("{name: quantile}", "{name: quantile, q: 0.95}"),
        "x.yaml:12: thresholds.0.q: is missing; add `q: ...` to thresholds.0 (share of normal images that pass)",
    ),
    "an unknown plugin": (
        ("name: nett", "name: net"),
        "x.yaml:7: model.name: there is no usable model 'nett'; allowed: net; did you mean 'net'?",
    ),
    "a plugin of the wrong kind": (
        ("{name: pixel, q: 0.5}", "{name: quantile, q: 0.95}"),
        "x.yaml:12: thresholds.0.name: there is no usable threshold 'pixel'; allowed: quantile; 'pixel' is a scorer",
    ),
    "a component without name": (
        ("  - {q: 0.95}", "  - {name: quantile, q: 0.95}"),
        "x.yaml:12: thresholds.0.name: is missing; allowed: quantile",
    ),
    "a name where a mapping belongs": (
        ("  - pixel", "  - {name: pixel}"),
        "x.yaml:10: scorers.0: should be a mapping (lines of key: value), but is the text 'pixel'; write {name: pixel}",
    ),
    "a mapping where a list belongs": (
        ("scorers:\n  name: pixel", "scorers:\n  - {name: pixel}"),
        "x.yaml:9: scorers: should be a list, but is a mapping; write '- ' in front of each entry",
    ),
    "a list where a mapping belongs": (
        ("dataset:\n  - name: parts\n    root: data", "dataset:\n  name: parts\n  root: data"),
        "x.yaml:2: dataset: should be a mapping (lines of key: value), but is a list; remove the '- ' in front of its "
        "keys",
    ),
    "a section without its lines": (
        ("model:\nkernel: 3", "model:\n  name: net\n  downsample: stride"),
        f"x.yaml:6: model: should be a mapping (lines of key: value), but is empty; indent the lines that belong to "
        f"it\n"
        f"x.yaml:7: kernel: there is no such key; allowed: {TOP}",
    ),
    "a section twice": (
        ("seed: 3\nmodel: {name: net}", "seed: 3"),
        "x.yaml:7: model: is given twice, first in line 2; remove one of them",
    ),
    "text where a number belongs": (
        ("downsample: stride\n  dropout: little", "downsample: stride"),
        "x.yaml:9: model.dropout: should be a number, but is the text 'little'",
    ),
    "a number in quotes": (
        ("seed: '3'", "seed: 3"),
        "x.yaml:1: seed: should be a whole number, but is the text '3'; remove the quotes",
    ),
    "a decimal comma": (
        ("q: '0,95'", "q: 0.95"),
        "x.yaml:12: thresholds.0.q: should be a number, but is the text '0,95'; write 0.95",
    ),
    "a percentage": (
        ("q: 95%", "q: 0.95"),
        "x.yaml:12: thresholds.0.q: should be a number, but is the text '95%'; write 0.95",
    ),
    "a fraction where a whole number belongs": (
        ("seed: 1e2", "seed: 3"),
        "x.yaml:1: seed: should be a whole number, but is the number 100.0; write 100",
    ),
    "yes for true": (
        ("downsample: stride\n  training: {shuffle: yes}", "downsample: stride"),
        "x.yaml:9: model.training.shuffle: should be true or false, but is the text 'yes'; write true",
    ),
    "a number where text belongs": (
        ("root: data\n  category: 7", "root: data"),
        "x.yaml:5: dataset.category: should be text, but is the number 7; put it in quotes",
    ),
    "a number out of range": (
        ("q: 95", "q: 0.95"),
        "x.yaml:12: thresholds.0.q: 95 is not allowed; it must be below 1.0 (share of normal images that pass)",
    ),
    "a number that is none of the choices": (
        ("kernel: 4", "downsample: stride"),
        "x.yaml:8: model.kernel: 4 is not allowed; allowed: 3, 5",
    ),
    "infinity": (
        ("dropout: .nan", "downsample: stride"),
        "x.yaml:8: model.dropout: NaN is not allowed; it must be a finite number",
    ),
    "neither of two types": (
        ("{name: edge, sigma: wide}", "{name: pixel}"),
        "x.yaml:10: scorers.0.sigma: should be a number or a list, but is the text 'wide'",
    ),
    "one of two types, wrong inside": (
        ("{name: edge, sigma: [1, wide]}", "{name: pixel}"),
        "x.yaml:10: scorers.0.sigma.1: should be a number, but is the text 'wide'",
    ),
    "an empty list": (
        ("scorers: []", "scorers:\n  - {name: pixel}"),
        "x.yaml:9: scorers: [] is not allowed; it needs at least 1 of them (the first is the detector's, the others "
        "are reported beside it)",
    ),
    "the same scorer twice": (
        ("- {name: pixel}\n  - {name: pixel, pooling: mean}", "- {name: pixel}"),
        "x.yaml:9: scorers: entries 0 and 1 are the same (pixel); remove one of them",
    ),
    "fields that do not go together": (
        ("dropout: 0.9\n  training: {epochs: 3}", "downsample: stride"),
        "x.yaml:6: model: dropout above 0.8 needs 10 epochs or more; raise training.epochs",
    ),
    "the environment": (
        ("root: ${HOME}/data", "root: data"),
        "x.yaml:4: dataset.root: '${HOME}/data' is not allowed; recipes do not read the environment; write the value, "
        "or pass --set dataset.root=...",
    ),
    "a name that is no file name": (
        ("name: a/b\nseed: 3", "seed: 3"),
        r"x.yaml:1: name: 'a/b' is not allowed; it must match ^\w[\w.-]{0,63}$ (of the run and its detector: letters, "
        "digits, . _ -)",
    ),
    "a tab": (
        ("dataset:\n\tname: parts", "dataset:\n  name: parts"),
        "x.yaml:3: a tab indents this line; indent with spaces (column 1: 'name: parts')",
    ),
    "two keys in a line": (
        ("seed: 3 name: x", "seed: 3"),
        "x.yaml:1: a second ': ' in one line, or an indent too deep; quote the text or move it (column 13: "
        "'seed: 3 name: x')",
    ),
    "no space after the colon": (
        ("protocol: auto\nseed:3", "seed: 3"),
        "x.yaml:2: a key without ': ' after it; write a space after the colon (column 1: 'seed:3')",
    ),
    "a quote that stays open": (
        ("root: 'data", "root: data"),
        'x.yaml:4: a quote is not closed; add it (column 9: "root: \'data")',
    ),
    "a bracket that stays open": (
        ("{name: pixel", "{name: pixel}"),
        "x.yaml:10: a mapping is not closed; add } (column 5: '- {name: pixel')",
    ),
    "keys that do not line up": (
        ("  name: parts\n root: data", "  name: parts\n  root: data"),
        "x.yaml:4: this line does not fit the ones before it; align its keys, or give each its own `- ` (column 2: "
        "'root: data')",
    ),
    "a Python object": (
        ("root: !!python/object/apply:os.system [ls]", "root: data"),
        "x.yaml:4: the tag 'tag:yaml.org,2002:python/object/apply:os.system' is not allowed; a recipe holds plain "
        "values only",
    ),
    "an anchor that is not there": (
        ("root: *home", "root: data"),
        "x.yaml:4: the alias *home has no complete anchor &home before it",
    ),
    "two documents": (
        ("seed: 3\n---", "seed: 3"),
        "x.yaml:2: a second document begins here; write one recipe a file",
    ),
    "a key that is a mapping": (
        ("root: {{data}}", "root: data"),
        "x.yaml:4: a key must be one word; quote text that begins with { or [",
    ),
}


def message(source: str, catalog: Catalog) -> str:
    with pytest.raises(RecipeError) as caught:
        load_recipe(source, catalog=catalog)
    return str(caught.value)


def test_the_recipe_of_these_tests_is_good(folder: Path, catalog: Catalog) -> None:
    (folder / "x.yaml").write_text(GOOD, encoding="utf-8")
    assert load_recipe(Path("x.yaml"), catalog=catalog).name == "x"


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_answered_with_a_sentence(mistake: str, folder: Path, catalog: Catalog) -> None:
    (wrong, right), expected = MISTAKES[mistake]
    assert GOOD.count(right) == 1
    (folder / "x.yaml").write_text(GOOD.replace(right, wrong), encoding="utf-8")
    assert message("x.yaml", catalog) == expected


def test_all_mistakes_are_told_at_once_in_the_order_of_the_lines(folder: Path, catalog: Catalog) -> None:
    text = GOOD.replace("seed: 3", "seed: x").replace("stride", "strid").replace("q: 0.95", "q: 2")
    (folder / "x.yaml").write_text(text, encoding="utf-8")
    lines = message("x.yaml", catalog).splitlines()
    assert [line.split(":")[1] for line in lines] == ["1", "8", "12"]


FILES = {
    "an empty file": (b"", "x.yaml: is empty; copy a recipe to begin with: adfw recipes cp NAME"),
    "only comments": (b"# nothing\n", "x.yaml: is empty; copy a recipe to begin with: adfw recipes cp NAME"),
    "a word": (
        b"hello",
        "x.yaml:1: a recipe is made of lines `key: value`, e.g. `seed: 0`; is a space missing?",
    ),
    "a list": (
        b"- name: x",
        "x.yaml:1: a recipe is made of lines `key: value`, e.g. `seed: 0`; is a space missing?",
    ),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0", "x.yaml: is not a text file; a recipe is YAML"),
    "Latin 1": ("seed: 3\nname: Gerät".encode("latin-1"), "x.yaml:2: is not UTF-8; save the file as UTF-8"),
    "a control character": (
        b"seed: \x07",
        'x.yaml: is not YAML (unacceptable character #x0007: special characters are not allowed in "<file>", '
        "position 6); save it as plain UTF-8 text",
    ),
    "a large file": (
        b"#" * (MAX_BYTES + 1),
        "x.yaml: is larger than 256 KB; a recipe is a page of text",
    ),
    "half a letter": (
        rb'name: "\ud800"',
        "x.yaml:1: half of a surrogate pair is no letter; write the letter itself",
    ),
    "too deep": (b"a: " + b"[" * 100_000, "x.yaml:1: is nested deeper than 24 levels; a recipe is a page of text"),
    "too many values": (
        b"a: [" + b"1," * 6_000 + b"]",
        "x.yaml:1: holds more than 5000 values, aliases written out; a recipe is a page of text",
    ),
    "a bomb of aliases": (
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (n + 1, n + 1, b",".join([b"*%c" % n] * 9)) for n in range(97, 105)),
        "x.yaml:4: holds more than 5000 values, aliases written out; a recipe is a page of text",
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_recipe_is_refused_in_one_sentence(kind: str, folder: Path, catalog: Catalog) -> None:
    content, expected = FILES[kind]
    (folder / "x.yaml").write_bytes(content)
    assert message("x.yaml", catalog) == expected


def test_a_missing_file_is_answered_with_the_nearest_one(folder: Path, catalog: Catalog) -> None:
    (folder / "capsule.yaml").write_text(GOOD, encoding="utf-8")
    listing = "`adfw recipes ls` lists those that ship"
    assert message("capsul.yaml", catalog) == (
        f"capsul.yaml: there is no such file; {listing}; did you mean 'capsule.yaml'?"
    )
    assert message("zzz/zzz.yaml", catalog) == f"zzz/zzz.yaml: there is no such file; {listing}"
    assert message("capsule_a", catalog) == f"capsule_a: there is no such file; {listing}; did you mean 'capsule_ae'?"


def test_a_folder_is_no_recipe(folder: Path, catalog: Catalog) -> None:
    (folder / "recipes").mkdir()
    assert message("recipes", catalog) == "recipes: is a folder; name a recipe in it"


def test_a_path_that_no_system_takes_is_refused(folder: Path, catalog: Catalog) -> None:
    assert "cannot be read" in message("a\0b.yaml", catalog)
    assert "cannot be read" in message("x" * 5_000, catalog)


def test_a_broken_plugin_is_named_where_it_would_help(folder: Path) -> None:
    source = Source("net_plugin", "net-dist", "2.0")
    (folder / "x.yaml").write_text(GOOD, encoding="utf-8")
    certain = Catalog((), (Fault(source, "ImportError: no net", (("model", "net"),)),))
    assert "x.yaml:7: model.name: there is no usable model 'net'; ImportError: no net" in message("x.yaml", certain)
    unsure = Catalog((), (Fault(source, "ImportError: no net"),))
    assert (
        "x.yaml:7: model.name: there is no usable model 'net'; allowed: none is installed; broken plugins that might "
        "provide it: 'net_plugin' of net-dist 2.0 (see `adfw plugins`)"
    ) in message("x.yaml", unsure)
