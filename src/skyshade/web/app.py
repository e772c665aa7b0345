"""The server: what the map asks, and what anyone may ask by script (`/api/openapi.json`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from skyshade import __version__
from skyshade.web.case import Case
from skyshade.web.describe import describe, describe_borders
from skyshade.web.drafts import DraftSite, Sites
from skyshade.web.guard import Guard, handle_errors

BUNDLE = Path(__file__).parent / "static"
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-85, le=85, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=80)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ViewAsked(_Asked):
    """Whose view."""

    site: DraftSite


class TargetAsked(_Asked):
    """Which site, against which class of target."""

    site: DraftSite
    target: Name


class ProfileAsked(_Asked):
    """A line over the terrain, and the sites that look at it."""

    start: Annotated[tuple[Longitude, Latitude], Field(alias="from")]
    end: Annotated[tuple[Longitude, Latitude], Field(alias="to")]
    sites: Sites


class Frame(Response):
    """Arrays on the lattice, as `skyshade.web.lattice.frame` lays them out."""

    media_type = "application/octet-stream"


def make_app(case: Case, out: Path, token: str | None = None) -> FastAPI:
    """The application that serves a case.

    Parameters
    ----------
    out : the folder in which results of jobs and new scenarios are kept.
    token : wanted of everyone who asks; None for a server that only its own machine reaches.
    """
    app = FastAPI(
        title="Skyshade", version=__version__, docs_url=None, redoc_url=None,
        openapi_url="/api/openapi.json", separate_input_output_schemas=False,
    )  # fmt: skip
    app.add_middleware(Guard, token=token)
    handle_errors(app)
    _map_routes(app, case)
    if BUNDLE.is_dir():
        app.mount("/", StaticFiles(directory=BUNDLE, html=True))
    return app


def _map_routes(app: FastAPI, case: Case) -> None:
    @app.get("/api/case")
    def get_case() -> dict[str, Any]:
        """The case: sites, places, targets, lattice, figures and sources."""
        return describe(case)

    @app.get("/api/ground", response_class=Frame)
    def get_ground() -> Response:
        """Terrain heights on the lattice."""
        return Frame(case.ground())

    @app.get("/api/borders")
    def get_borders() -> dict[str, Any]:
        """Borders and coasts, GeoJSON."""
        return describe_borders()

    @app.post("/api/views", response_class=Frame)
    def post_view(asked: ViewAsked) -> Response:
        """Lowest altitude that a site's acquisition radar sees, cell by cell."""
        return Frame(case.view(asked.site))

    @app.post("/api/engageable", response_class=Frame)
    def post_engageable(asked: TargetAsked) -> Response:
        """Lowest and highest altitude at which a site can engage a target, cell by cell."""
        return Frame(case.engageable(asked.site, asked.target))

    @app.post("/api/reach")
    def post_reach(asked: TargetAsked) -> dict[str, Any]:
        """Where an inbound target is first met, by azimuth and altitude, with default figures."""
        return case.reach(asked.site, asked.target)

    @app.post("/api/profile")
    def post_profile(asked: ProfileAsked) -> dict[str, Any]:
        """Terrain along a line, and the lowest altitude that each site sees over it."""
        return case.profile(asked.start, asked.end, asked.sites)
