"""The server: what the map asks, and what anyone may ask by script (`/api/openapi.json`)."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Hashable
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi import Path as FromPath
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from skyshade import __version__
from skyshade.catalogue.readable import plain
from skyshade.scenario.quantities import Identifier
from skyshade.web.case import MapCase
from skyshade.web.describe import describe, describe_borders
from skyshade.web.drafts import Asked, DraftSite, Name, Sites
from skyshade.web.guard import Door, Guard, complaint, handle_errors
from skyshade.web.jobs import ENDED, STOPPED, Job, Jobs
from skyshade.web.line import HasLeftError, Line
from skyshade.web.programme import forecast_of, state_of
from skyshade.web.save import read_saved, save_draft, saved_names
from skyshade.web.work import JobAsked, check_asked, replay_of, works

EVERY_S = 0.05  # how often a watched job is looked at
BUNDLE = Path(__file__).parent / "static"
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-85, le=85, allow_inf_nan=False)]


class ViewAsked(Asked):
    """Whose view."""

    site: DraftSite


class TargetAsked(Asked):
    """Which site, against which class of target."""

    site: DraftSite
    target: Name


class ProfileAsked(Asked):
    """A line over the terrain, and the sites that look at it."""

    start: Annotated[tuple[Longitude, Latitude], Field(alias="from")]
    end: Annotated[tuple[Longitude, Latitude], Field(alias="to")]
    sites: Sites


class ScenarioAsked(Asked):
    """A draft to be kept as a scenario."""

    name: Identifier
    title: Name
    sites: Sites


class Complaint(BaseModel):
    """What is wrong, in one sentence; and where, as far as known."""

    message: str
    field: str | None = None
    value: str | None = None
    allowed: str | None = None
    hint: str | None = None


class Refused(BaseModel):
    """The body of every answer that is an error."""

    error: Complaint


_COMPLAINTS: dict[int | str, dict[str, Any]] = {
    code: {"model": Refused, "description": why}
    for code, why in (
        (400, "not JSON"),
        (401, "no token"),
        (403, "not from here"),
        (404, "no such thing"),
        (409, "taken"),
        (413, "too large"),
        (415, "not JSON"),
        (422, "bad input"),
        (429, "too many requests"),
        (500, "the work failed"),
        (503, "too much to do"),
        (507, "no space left"),
    )
}


class Frame(Response):
    """Arrays on the lattice, as `skyshade.web.lattice.frame` lays them out."""

    media_type = "application/octet-stream"


# what is not an error is binary; as a response class it would make errors binary in the description
_FRAME: dict[int | str, dict[str, Any]] = {200: {"content": {Frame.media_type: {}}}}


def make_app(case: MapCase, out: Path, token: str | None = None) -> FastAPI:
    """The application that serves a case.

    Parameters
    ----------
    out : the folder in which results of jobs and new scenarios are kept.
    token : wanted of everyone who asks; None for a server that only its own machine reaches.
    """
    jobs = Jobs(out, works(case), {"catalogue": case.scenario.known.identity})
    line = Line()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        line.close()
        await asyncio.to_thread(jobs.close)

    app = FastAPI(
        title="Skyshade",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=lifespan,
        responses=_COMPLAINTS,
        description="Analysis of published, press-level figures; see the scope in the README.",
    )
    app.state.jobs = jobs
    door = app.state.door = Door(token) if token else None
    app.add_middleware(Guard, door=door)
    handle_errors(app)
    _map_routes(app, case)
    _link_route(app, door)
    _answer_routes(app, case, line)
    _programme_routes(app, case)
    _job_routes(app, case, jobs)
    _scenario_routes(app, case, out)
    if BUNDLE.is_dir():
        app.mount("/", StaticFiles(directory=BUNDLE, html=True))
    return app


def _map_routes(app: FastAPI, case: MapCase) -> None:
    @app.get("/api/case")
    def get_case() -> dict[str, Any]:
        """The case: sites, places, targets, lattice, figures and sources."""
        return describe(case)

    @app.get("/api/ground", responses=_FRAME)
    def get_ground() -> Response:
        """Terrain heights on the lattice."""
        return Frame(case.ground)

    @app.get("/api/borders")
    def get_borders() -> dict[str, Any]:
        """Borders and coasts (GeoJSON), outlines of countries, and names to write on the map."""
        return describe_borders(case)

    @app.post("/api/profile")
    def post_profile(asked: ProfileAsked) -> dict[str, Any]:
        """Terrain along a line, and the lowest altitude that each site sees over it."""
        return case.profile(asked.start, asked.end, asked.sites)


def _link_route(app: FastAPI, door: Door | None) -> None:
    @app.post("/api/link", status_code=201)
    def post_link() -> dict[str, str]:
        """A link for another reader: it opens once, within 15 minutes."""
        if door is None:
            raise HTTPException(404, "no link is needed on this machine")
        return {"link": f"/?key={door.new_key()}"}


def _answer_routes(app: FastAPI, case: MapCase, line: Line) -> None:
    """What a reader waits for while a unit is dragged: in line, so that none is forgotten."""

    async def in_turn(request: Request, key: Hashable, work: Callable[[], Any]) -> Any:
        async def leaves() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass

        return await line.answer(key, work, leaves)

    @app.exception_handler(HasLeftError)
    async def _left(request: Request, error: HasLeftError) -> Response:
        return Response(status_code=499)  # which nobody reads

    @app.post("/api/views", responses=_FRAME)
    async def post_view(asked: ViewAsked, request: Request) -> Response:
        """Lowest altitude that a site's acquisition radar sees, cell by cell."""
        site = asked.site
        return Frame(await in_turn(request, ("view", site), lambda: case.view(site)))

    @app.post("/api/engageable", responses=_FRAME)
    async def post_engageable(asked: TargetAsked, request: Request) -> Response:
        """Lowest and highest altitude at which a site can engage a target, cell by cell."""
        site, target = asked.site, asked.target
        key = ("engageable", site, target)
        return Frame(await in_turn(request, key, lambda: case.engageable(site, target)))

    @app.post("/api/reach")
    async def post_reach(asked: TargetAsked, request: Request) -> dict[str, Any]:
        """Where an inbound target is first met, by azimuth and altitude, with default figures."""
        site, target = asked.site, asked.target
        key = ("reach", site, target)
        found: dict[str, Any] = await in_turn(request, key, lambda: case.reach(site, target))
        return found


def _programme_routes(app: FastAPI, case: MapCase) -> None:
    @app.get("/api/programme")
    def get_programme(as_of: str | None = None, known_on: str | None = None) -> dict[str, Any]:
        """What held on a day, as known on a day: units, claims, contradictions, sources."""
        return state_of(case, as_of, known_on)

    @app.get("/api/programme/forecast")
    def get_forecast(known_on: str | None = None) -> dict[str, Any]:
        """What is still due, and how many units may be in service by when."""
        return forecast_of(case, known_on)

    @app.get("/api/catalogue")
    def get_catalogue() -> dict[str, Any]:
        """Every figure of the catalogue, with its sources."""
        catalogue = case.scenario.known
        return {
            "version": catalogue.version,
            "entries": plain(catalogue.entries),
            "sources": plain(catalogue.sources),
        }


JobId = Annotated[str, FromPath(pattern="^job-[0-9a-f]{16}$")]


def _job_routes(app: FastAPI, case: MapCase, jobs: Jobs) -> None:
    @app.post("/api/jobs", status_code=202)
    def post_job(asked: JobAsked) -> dict[str, Any]:
        """Start long work; watch it at `/api/jobs/ID/events`."""
        check_asked(case, asked)
        return jobs.start(asked.kind, asked.model_dump(mode="json")).as_dict()

    @app.get("/api/jobs")
    def get_jobs() -> list[dict[str, Any]]:
        """All jobs, the newest first."""
        return [job.as_dict() for job in jobs.all()]

    @app.get("/api/jobs/{id_}")
    def get_job(id_: JobId) -> dict[str, Any]:
        """How far a job is, and what was asked."""
        job = jobs.find(id_)
        return job.as_dict() | {"asked": job.asked}

    @app.delete("/api/jobs/{id_}")
    def delete_job(id_: JobId) -> dict[str, Any]:
        """Cancel a job; one that has ended stays as it is."""
        job = jobs.find(id_)
        jobs.cancel(job)
        return job.as_dict()

    @app.get("/api/jobs/{id_}/result")
    def get_result(id_: JobId) -> Any:
        """What came of a job."""
        job = jobs.find(id_)
        if job.state != "done":
            said = job.message or f"the job is {job.state}"
            return complaint(409, f"there is no result: {said}")
        return job.result

    @app.get(
        "/api/jobs/{id_}/events",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {}}}},
    )
    async def get_events(id_: JobId) -> StreamingResponse:
        """Server-sent events: `progress`, `partial` (results so far), and `end` (the job)."""
        return StreamingResponse(_watch(jobs, jobs.find(id_)), media_type="text/event-stream")

    @app.get("/api/jobs/{id_}/replay/{replicate}")
    def get_replay(
        id_: JobId, replicate: Annotated[int, FromPath(ge=0, lt=10**6)]
    ) -> dict[str, Any]:
        """One replicate of a raid: who was where when, and what happened."""
        return replay_of(case, jobs.find(id_), replicate)


async def _watch(jobs: Jobs, job: Job) -> AsyncIterator[str]:
    """What is new about a job, until it or the server ends; of each kind only the latest."""
    seen, progress, partial = -1, None, None
    while True:
        ended = job.state in ENDED
        if job.news != seen:
            seen = job.news
            if job.progress is not progress:
                progress = job.progress
                yield _event("progress", progress)
            if job.partial is not partial:
                partial = job.partial
                yield _event("partial", partial)
        if ended or jobs.closing:
            stopped = {} if ended else {"state": "interrupted", "message": STOPPED}
            yield _event("end", job.as_dict() | stopped)
            return
        await asyncio.sleep(EVERY_S)


def _event(kind: str, data: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps(data, allow_nan=False)}\n\n"


ScenarioName = Annotated[str, FromPath(pattern="^[a-z0-9][a-z0-9_-]*$", max_length=64)]


def _scenario_routes(app: FastAPI, case: MapCase, out: Path) -> None:
    @app.post("/api/scenarios", status_code=201)
    def post_scenario(asked: ScenarioAsked) -> dict[str, Any]:
        """Keep a draft as a new scenario file."""
        return save_draft(case, out, asked.name, asked.title, asked.sites)

    @app.get("/api/scenarios")
    def get_scenarios() -> list[str]:
        """Names of the scenarios kept so far."""
        return saved_names(out)

    @app.get("/api/scenarios/{name}")
    def get_scenario(name: ScenarioName) -> dict[str, Any]:
        """A scenario kept before: its file, and its sites as a draft."""
        return read_saved(case, out, name)
