"""Make the pages of the dossier from the result files: `make dossier`.

Every number in a page comes from `results/*.json`, from `scorecard.yaml` or from another file of the
sources; the templates in `pages/` have none of their own. `measure.py` writes the result files.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import jinja2
import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HEAD = "<!-- made by `make dossier` from docs/validation/pages and docs/validation/results -->\n\n"


def known() -> dict[str, Any]:
    """The results by the name of their file; a file that is missing is an empty mapping."""
    given: dict[str, Any] = {
        file.stem: json.loads(file.read_text("utf-8"))
        for file in sorted((HERE / "results").glob("*.json"))
    }
    given["scorecard"] = yaml.safe_load((HERE / "scorecard.yaml").read_text("utf-8"))
    defects = yaml.safe_load((ROOT / "tests" / "mutants" / "defects.yaml").read_text("utf-8"))
    given["defects"] = [
        {"product": product, "defect": one["what"], "file": one["file"]}
        for product, group in defects.items()
        for one in group["defects"]
    ]
    return given


def pages(given: dict[str, Any] | None = None) -> dict[str, str]:
    """The text of each page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "pages"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["test_link"] = lambda name: f"`{re.sub(r'^tests/', '', name)}`"
    environment.filters["page"] = lambda name: name.rsplit("/", 1)[-1].removesuffix(".md")
    environment.filters["months"] = lambda value: "–" if value is None else f"{value} months"
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|")
    given = known() if given is None else given
    return {
        template.removesuffix(".j2"): HEAD + environment.get_template(template).render(given)
        for template in environment.list_templates(extensions=["j2"])
    }


def main() -> None:
    """Write the pages, or with --check say which are not up to date."""
    stale = []
    for name, text in pages().items():
        file = HERE / name
        if not file.exists() or file.read_text("utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                file.write_text(text, "utf-8")
    print("\n".join(f"docs/validation/{name}" for name in stale) or "every page is up to date")
    sys.exit(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    main()
