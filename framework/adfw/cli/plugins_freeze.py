"""`adfw plugins freeze`: the allow-list of what is installed now."""

from __future__ import annotations

from importlib.metadata import Distribution, entry_points
from pathlib import Path
from typing import Annotated

import typer

HEADER = """\
# Only these plugins are loaded where this file is `adfw.toml` in the current directory, or named by ADFW_PLUGINS_ALLOW.
# A digest names the content of every installed file of a distribution. Written by `adfw plugins freeze`.
[plugins.allow]
"""


def freeze(
    out: Annotated[Path | None, typer.Option(help="A new file, e.g. adfw.toml; printed without it.")] = None,
    editable: Annotated[
        bool, typer.Option("--editable", help="Also list editable installs, whose files nothing can vouch for.")
    ] = False,
) -> None:
    """Print the allow-list of the installed plugins; none of them is imported. Remove what is not to load."""
    from adfw import hooks
    from adfw.errors import PluginError

    found = {point.dist.name: point.dist for point in entry_points(group=hooks.GROUP) if point.dist}
    text = HEADER + "".join(_line(found[name], editable=editable) for name in sorted(found))
    if out is None:
        print(text, end="")
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise PluginError(f"{out}: exists already and is left as it is; compare, then remove it") from None
    except OSError as error:
        raise PluginError(f"{out}: cannot be written ({error.strerror}); choose another place") from None
    print(f"{out}: allows {', '.join(sorted(found))}")


def _line(distribution: Distribution, *, editable: bool) -> str:
    from packaging.utils import canonicalize_name

    from adfw.errors import PluginError
    from adfw.installed_files import installed_digest, is_editable

    name, version = canonicalize_name(distribution.name), distribution.version
    if not is_editable(distribution):
        return f'{name} = {{version = "{version}", digest = "{installed_digest(distribution)}"}}\n'
    if not editable:
        raise PluginError(
            f"{name} {version} is an editable install, whose files may change at any time: install it as files "
            "(pip install without -e), or list it by its version alone with --editable"
        )
    return f'{name} = {{version = "{version}", editable = true}} # its files are not checked\n'
