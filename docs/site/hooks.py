"""What MkDocs is told beyond `mkdocs.yml`.

Pages made while the site is built (tutorial, commands, Python reference, changelog, how to cite),
links to files outside `docs/`, and equations as MathML, so that pages load no script for them.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

# files outside docs/ that have a page
OUTSIDE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "CODE_OF_CONDUCT.md": "conduct.md",
    "examples/tutorial.ipynb": "tutorial.md",
}
EQUATION = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)
LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")


def _part(name: str) -> Any:
    """A module beside this one, which is no package."""
    spec = importlib.util.spec_from_file_location(f"skyshade_site_{name}", HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def on_startup(**_: Any) -> None:
    """Let the reference read the sources without `__init__.pyi`.

    The stub says of `skyshade.reach` and `skyshade.assess` that they can be called, and hides that
    they are packages. The folder must be there before the plugins look at their settings.
    """
    sources = ROOT / "out" / "site-sources"
    shutil.rmtree(sources, ignore_errors=True)
    only = shutil.ignore_patterns("*.pyi", "data", "app", "static", "examples", "__pycache__")
    shutil.copytree(ROOT / "src" / "skyshade", sources / "skyshade", ignore=only)


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made now."""
    reference = _part("reference")
    made = {
        "changelog.md": (ROOT / "CHANGELOG.md").read_text("utf-8"),
        "contributing.md": (ROOT / "CONTRIBUTING.md").read_text("utf-8"),
        "conduct.md": (ROOT / "CODE_OF_CONDUCT.md").read_text("utf-8"),
        "cite.md": reference.cite(ROOT / "CITATION.cff"),
        "reference/commands.md": reference.commands(),
        "reference/python.md": reference.python(),
    }
    tutorial, pictures = _part("tutorial").render(ROOT / "examples" / "tutorial.ipynb")
    made["tutorial.md"] = tutorial
    for name, text in made.items():
        files.append(File.generated(config, name, content=text))
    for name, data in pictures.items():
        files.append(File.generated(config, name, content=data))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Lead links to files outside `docs/` to their page, or to the section on the sources."""
    made = page.file.src_uri in OUTSIDE.values()
    # where the file lies whose text this is
    base = ROOT if made else (ROOT / "docs" / page.file.src_uri).parent

    def led(link: re.Match[str]) -> str:
        target = link[2]
        if re.match(r"[a-z]+:", target):
            return link[0]
        path = (base / target).resolve()
        if not path.is_relative_to(ROOT):
            return link[0]
        inside = path.relative_to(ROOT).as_posix()
        if inside in OUTSIDE:
            up = "../" * page.file.src_uri.count("/")
            return f"{link[1]}{up}{OUTSIDE[inside]}{link[3]}"
        if made and inside.startswith("docs/"):
            return f"{link[1]}{inside.removeprefix('docs/')}{link[3]}"
        if not inside.startswith("docs/") and path.exists():
            up = "../" * page.file.src_uri.count("/")
            return f"{link[1]}{up}howto/developer.md#the-sources)"
        return link[0]

    return LINK.sub(led, markdown)


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """Equations become MathML, which every browser of today draws by itself."""

    def drawn(found: re.Match[str]) -> str:
        display = "block" if found[2] == "[" else "inline"
        latex = found[3].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()
        try:
            math = convert(latex, display=display)
        except Exception as error:
            raise PluginError(f"{page.file.src_uri}: {latex}: {error!r}") from error
        return f'<div class="equation">{math}</div>' if display == "block" else math

    return EQUATION.sub(drawn, html)
