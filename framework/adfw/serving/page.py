"""The page at `/`: one file, without anything from elsewhere."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def page() -> str:
    """Return the page with its style and script in it."""
    folder = files("adfw.serving") / "web"
    parts = {name: (folder / name).read_text(encoding="utf-8") for name in ("page.html", "page.css")}
    scripts = "".join((folder / name).read_text(encoding="utf-8") for name in ("words.js", "charts.js", "page.js"))
    return parts["page.html"].replace("/*style*/", parts["page.css"]).replace("/*script*/", scripts)
