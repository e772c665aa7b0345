"""Make the pictures that the README and the docs show, with the tool itself."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from PIL import Image

from skyshade.assess.run import assess
from skyshade.report.pages import write_report
from skyshade.scenario import load_scenario

PICTURES = {
    "reach.png": "india-reach.png",
    "visible.png": "india-visible.png",
    "clearance.png": "india-clearance.png",
}


def main() -> None:
    target = Path(__file__).parent / "pictures"
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        write_report(assess(load_scenario("india-s400")), Path(scratch), {})
        for source, name in PICTURES.items():
            with Image.open(Path(scratch) / "figures" / source) as image:
                small = image.convert("RGB").resize((image.width * 5 // 8, image.height * 5 // 8))
            buffer = io.BytesIO()
            palette = small.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
            palette.save(buffer, "PNG", optimize=True)
            (target / name).write_bytes(buffer.getvalue())


if __name__ == "__main__":
    main()
