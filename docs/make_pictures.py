"""Make the pictures that the README and the docs show, with the commands that the gallery names.

    python docs/make_pictures.py [NAME …]

Without names all of them. The page docs/gallery.md is written from docs/gallery.yaml.
"""

from __future__ import annotations

import io
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from PIL import Image

HERE = Path(__file__).parent
WIDEST = 1100  # pixels


def entries() -> list[dict[str, Any]]:
    """The commands of the gallery with their pictures."""
    given: list[dict[str, Any]] = yaml.safe_load((HERE / "gallery.yaml").read_text("utf-8"))
    return given


def shrink(source: Path, target: Path) -> None:
    """A picture for a page: narrower, in 256 colours."""
    with Image.open(source) as image:
        part = min(1.0, WIDEST / image.width)
        small = image.convert("RGB").resize((int(image.width * part), int(image.height * part)))
    buffer = io.BytesIO()
    palette = small.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    palette.save(buffer, "PNG", optimize=True)
    target.write_bytes(buffer.getvalue())


def page() -> str:
    """The gallery."""
    return "\n\n".join(_parts()) + "\n"


def _parts() -> Iterator[str]:
    yield "# Gallery"
    yield "Each picture was made by the command below it, as it stands. `make pictures` makes them again."
    for entry in entries():
        for one in entry["pictures"]:
            yield f"![{one['shows']}](pictures/{one['name']}.png)"
            yield one["shows"]
        command = entry["command"].replace("OUT", entry["pictures"][0]["name"])
        yield f"    $ {command}"


def main() -> None:
    """Run the commands and keep the pictures."""
    wanted = set(sys.argv[1:])
    (HERE / "pictures").mkdir(exist_ok=True)
    for entry in entries():
        pictures = [p for p in entry["pictures"] if not wanted or p["name"] in wanted]
        if not pictures:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            words = shlex.split(entry["command"].replace("OUT", scratch))
            subprocess.run([sys.executable, "-m", *words], check=True, stdout=subprocess.DEVNULL)
            for one in pictures:
                (source, *_) = sorted(Path(scratch).glob(one["file"]))
                shrink(source, HERE / "pictures" / f"{one['name']}.png")
    (HERE / "gallery.md").write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
