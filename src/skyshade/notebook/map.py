"""The figure that `explore` returns. Imports plotly, so import this only where plotly is."""

from __future__ import annotations

from html import escape
from typing import Any

import plotly.graph_objects as go

HEIGHT = 720  # pixels
FRAME = 40  # around the figure on its page: less makes it scroll


class Map(go.Figure):
    """A plotly figure that any notebook shows offline: as a page of its own, its script inside.

    Plotly's own way counts on an extension of the notebook, which is not in all of them, and which
    exports to HTML and viewers lack.
    """

    _ipython_display_ = None  # plotly's own way; IPython then asks for a bundle

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}

    def _repr_html_(self) -> str:
        page = self.to_html(
            include_plotlyjs=True,
            auto_play=False,
            div_id="map",
            config={"displaylogo": False, "scrollZoom": True},
        )
        return (
            f'<iframe srcdoc="{escape(page)}" title="{escape(self.layout.title.text)}" '
            f'scrolling="no" style="width:100%;height:{HEIGHT + FRAME}px;border:0"></iframe>'
        )

    def __repr__(self) -> str:
        return f"<Map: {self.layout.title.text}>"
