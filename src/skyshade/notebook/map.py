"""The figure that `explore` returns. This module needs plotly."""

from __future__ import annotations

from html import escape
from typing import Any

import plotly.graph_objects as go

HEIGHT = 720  # pixels
FRAME = 40  # pixels around the figure on its page; with less, it scrolls


class Map(go.Figure):
    """A plotly figure that any notebook shows offline, as an embedded page with its own script.

    Plotly's own display needs a notebook extension, which many notebooks, viewers and exports to
    HTML do not have.
    """

    _ipython_display_ = None  # disables plotly's own display, so that IPython asks for a bundle

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
        """One line with the title."""
        return f"<Map: {self.layout.title.text}>"
