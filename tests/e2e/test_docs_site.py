"""The documentation: commands are understood, Python runs, pages load nothing from elsewhere."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib
import pytest
import typer
import yaml

from skyshade.cli import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted([*DOCS.glob("*.md"), *DOCS.glob("howto/*.md")])]
COMMAND = re.compile(r"^ {4}\$ (skyshade .*)$", re.MULTILINE)
NOTE = re.compile(r"\s+(?:#|&$|\\$).*")


def page(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def shown() -> list[tuple[str, str]]:
    """Each command line of a page, without its remark."""
    return [
        (page(file), NOTE.sub("", line))
        for file in PAGES
        for line in COMMAND.findall(file.read_text("utf-8"))
    ]


@pytest.fixture(scope="module")
def root() -> Any:
    return typer.main.get_command(app)


@pytest.mark.parametrize(("where", "line"), sorted(set(shown())))
def test_a_command_that_a_page_shows_is_understood(where: str, line: str, root: Any) -> None:
    """Its words are parsed as when it is typed; nothing is run."""
    command, name = root, "skyshade"
    words = [word for word in shlex.split(line)[1:] if word != "…"]
    context = None
    while getattr(command, "commands", None):
        context = command.make_context(name, list(words), parent=context)
        left = [*context._protected_args, *context.args]
        name, command, words = command.resolve_command(context, left)
    command.make_context(name, list(words), parent=context)


def test_the_commands_are_found() -> None:
    assert len(shown()) > 100


def blocks() -> list[Any]:
    found = []
    for file in PAGES[1:]:  # test_readme.py has the README's
        code = re.findall(r"```python\n(.*?)```", file.read_text("utf-8"), re.DOTALL)
        found += [pytest.param(c, id=f"{page(file)}-{n}") for n, c in enumerate(code)]
    return found


def test_links_between_pages_lead_somewhere() -> None:
    made = {"tutorial.md", "changelog.md", "contributing.md", "conduct.md", "cite.md"}
    made |= {"reference/commands.md", "reference/python.md"}
    for file in [*PAGES, *DOCS.glob("validation/*.md"), *DOCS.glob("paper/*.md")]:
        for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", file.read_text("utf-8")):
            target = (file.parent / link).resolve()
            inside = target.relative_to(DOCS).as_posix() if target.is_relative_to(DOCS) else ""
            assert target.exists() or inside in made, (page(file), link)


def test_every_page_is_in_the_contents() -> None:
    class Loader(yaml.SafeLoader):
        pass

    given = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Loader)
    text = str(given["nav"])
    for file in DOCS.rglob("*.md"):
        assert f"'{file.relative_to(DOCS).as_posix()}'" in text, file


def module(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_dossier_says_what_the_result_files_say() -> None:
    make = module(DOCS / "validation" / "make.py")
    for name, text in make.pages().items():
        assert (DOCS / "validation" / name).read_text("utf-8") == text, f"make dossier: {name}"


def test_every_product_has_every_score() -> None:
    given = yaml.safe_load((DOCS / "validation" / "scorecard.yaml").read_text("utf-8"))
    assert len(given["factors"]) == 11
    for product in given["products"]:
        for factor in given["factors"]:
            score = given["all"].get(factor["id"]) or product[factor["id"]]
            assert score["score"] in range(5) and score["why"]
            for evidence in score.get("evidence", []):
                assert (
                    (DOCS / "validation" / evidence).exists()
                    or "changelog" in evidence
                    or ("contributing" in evidence)
                ), evidence


def test_the_gallery_has_its_pictures_and_commands(root: Any) -> None:
    make = module(DOCS / "make_pictures.py")
    assert (DOCS / "gallery.md").read_text("utf-8") == make.page()
    for entry in make.entries():
        for one in entry["pictures"]:
            assert (DOCS / "pictures" / f"{one['name']}.png").stat().st_size < 400_000


class Loads(HTMLParser):
    """What a page makes the browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "link" and given.get("rel") != "canonical":
            self.found.append(given.get("href") or "")
        elif tag in ("script", "img", "iframe", "source", "video", "audio", "embed", "use"):
            self.found.append(given.get("src") or given.get("href") or "")
        self.found += re.findall(r"url\(([^)]+)\)", given.get("style") or "")


def elsewhere(text: str) -> list[str]:
    parser = Loads()
    parser.feed(text)
    return [one for one in parser.found if re.match(r"\s*['\"]?(?:https?:)?//", one)]


def test_what_is_fetched_is_found() -> None:
    """The test below can fail."""
    assert elsewhere('<script src="https://cdn.example/x.js"></script>')
    assert elsewhere('<link rel="preconnect" href="//fonts.example">')
    assert not elsewhere('<a href="https://example.org">x</a><img src="a.png">')


@pytest.mark.skipif(
    importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("latex2mathml") is None,
    reason="the extra 'docs' is not installed",
)
def test_the_site_is_built_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)],
        cwd=ROOT,
        env=os.environ | {"SKYSHADE_DOCS_FAST": "1", "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    for file in pages:
        assert elsewhere(file.read_text("utf-8")) == [], file
    for file in site.rglob("*.css"):
        text = file.read_text("utf-8")
        assert not re.search(r"(?:@import|url\()\s*['\"]?(?:https?:)?//", text), file
    assert "<math" in (site / "howto" / "student.html").read_text("utf-8")
    assert "skyshade raid run" in (site / "reference" / "commands.html").read_text("utf-8")


def test_what_cells_show_is_on_the_page_of_the_tutorial() -> None:
    """Tables stay in the page; pictures and maps are files beside it, so that it stays small."""
    tutorial = module(DOCS / "site" / "tutorial.py")
    shown, files = tutorial._output({"image/png": "iVBORw0="}, "tutorial-3")
    assert "(tutorial-3.png)" in shown and files["tutorial-3.png"].startswith(b"\x89PNG")
    page = '<iframe srcdoc="&lt;p class=&quot;a&quot;&gt;" title="Map" width="100%"></iframe>'
    shown, files = tutorial._output({"text/html": page}, "tutorial-5")
    assert 'src="tutorial-5.html"' in shown and 'title="Map"' in shown and "srcdoc" not in shown
    assert files == {"tutorial-5.html": b'<p class="a">'}
    shown, files = tutorial._output({"text/html": "<table>\n\n <tr></tr></table>"}, "tutorial-7")
    assert "<table>\n<tr>" in shown and not files


@pytest.mark.parametrize("code", blocks())
def test_python_that_a_page_shows_runs(code: str, tmp_path: Path) -> None:
    matplotlib.use("Agg")
    exec(compile(code, "page", "exec"), {})
