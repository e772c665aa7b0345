"""The tutorial notebook as a page, with what its cells show."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

KEPT = Path(__file__).parents[2] / "out" / "tutorial"
FAST = "SKYSHADE_DOCS_FAST"  # set: cells are shown without being run


def render(notebook: Path) -> tuple[str, dict[str, bytes]]:
    """The page, and its pictures and maps by the name of their files."""
    fast = bool(os.environ.get(FAST))
    cells = nbformat.read(notebook, 4).cells if fast else _run(notebook)
    parts, files = [], {}
    for at, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        for output in cell.get("outputs", []):
            shown, file = _output(output.get("data", {}), f"tutorial-{at}")
            parts.append(shown)
            files |= file
    parts.append(
        "This page is the notebook `examples/tutorial.ipynb`"
        + (", shown here without its results." if fast else ", run when the site was built.")
    )
    return "\n\n".join(parts) + "\n", files


def _run(notebook: Path) -> list[Any]:
    """The cells with their results, which are kept until the notebook or the version changes."""
    from skyshade import __version__

    content = notebook.read_bytes()
    name = hashlib.sha256(content + __version__.encode()).hexdigest()[:16]
    kept = KEPT / f"{name}.ipynb"
    if not kept.exists():
        opened = nbformat.read(notebook, 4)
        KEPT.mkdir(parents=True, exist_ok=True)
        client = NotebookClient(
            opened, timeout=1200, kernel_name="python3", resources={"metadata": {"path": KEPT}}
        )
        client.execute()
        kept.write_text(json.dumps(opened))
    return list(nbformat.read(kept, 4).cells)


def _output(data: dict[str, Any], stem: str) -> tuple[str, dict[str, bytes]]:
    if "image/png" in data:
        picture = base64.b64decode("".join(data["image/png"]))
        return f"![Result of the cell above]({stem}.png)", {f"{stem}.png": picture}
    page = "".join(data.get("text/html", ""))
    if "<iframe" in page:  # a map: a page of its own, so that this one stays small
        return _framed(page, stem)
    lines = [line.strip() for line in page.splitlines() if line.strip()]
    return '<div class="output">\n' + "\n".join(lines) + "\n</div>", {}


def _framed(page: str, stem: str) -> tuple[str, dict[str, bytes]]:
    import html

    before, rest = page.split('srcdoc="', 1)
    document, after = rest.split('"', 1)
    text = f'<div class="output">{before}src="{stem}.html" loading="lazy"{after}</div>'
    return text, {f"{stem}.html": html.unescape(document).encode()}
