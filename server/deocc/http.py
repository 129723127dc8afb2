"""The wire's routes (docs/http.md). No backend's libraries here, so that the server answers at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Header, Query, Request
from fastapi import Path as InPath
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response, StreamingResponse

from deocc import __version__, backends, calibration
from deocc.backends.readiness import Readiness
from deocc.contract import (
    END_STATES,
    MAX_SEEDS,
    BackendList,
    Estimate,
    FaultReply,
    Health,
    ImageReply,
    JobList,
    JobReply,
)
from deocc.door import MAX_REQUEST_BYTES, check_request, read_request, request_type
from deocc.errors import InputFault
from deocc.event_stream import Hub, event_lines
from deocc.files import Files, Upload
from deocc.guard import HEALTH_PATH, LOOPBACK_HOSTS, Clients, Guard, answer_faults, proof
from deocc.installing.fetches import Fetches
from deocc.installing.routes import add_weights_routes
from deocc.jobs import Jobs
from deocc.place import device_name
from deocc.settings import API_VERSION, Settings
from deocc.store import Store
from deocc.weights.folder import WeightsFolder

Sha256 = Annotated[str, InPath(pattern="^[0-9a-f]{64}$")]
VariantNumber = Annotated[int, InPath(ge=0, lt=MAX_SEEDS)]
ViewNumber = Annotated[int, InPath(ge=0, le=5)]
LastEventId = Annotated[int, Header(ge=0, lt=2**63)]


def make_app(
    settings: Settings, token: str, store: Store, files: Files, hub: Hub, jobs: Jobs, fetches: Fetches
) -> FastAPI:
    """The application; its lifespan starts and ends the queue's thread and the fetches'."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        hub.open()
        jobs.start()
        yield
        hub.close()
        await asyncio.to_thread(jobs.close)
        await asyncio.to_thread(fetches.close)

    app = FastAPI(
        title="DeOcc",
        version=API_VERSION,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        responses=_answers(401, 421, 500),
    )
    app.state.clients = Clients()
    app.add_middleware(
        Guard,
        token=token,
        clients=app.state.clients,
        hosts=LOOPBACK_HOSTS | {settings.host} if settings.is_loopback else None,
    )
    answer_faults(app)
    ready = readiness(settings)
    _add_server_routes(app, token, store, jobs, ready)
    _add_image_route(app, files)
    _add_submit_route(app, store, files, jobs, ready)
    _add_job_routes(app, store, hub, jobs)
    _add_result_routes(app, store, files)
    add_weights_routes(app, fetches)
    app.openapi = lambda: _openapi(app)
    return app


def readiness(settings: Settings) -> Readiness:
    return Readiness(WeightsFolder(settings.weights), settings.commercial_only)


def _add_server_routes(app: FastAPI, token: str, store: Store, jobs: Jobs, ready: Readiness) -> None:
    @app.get(HEALTH_PATH, responses=_answers(422))
    def health(nonce: Annotated[str, Query(max_length=256)] = "") -> Health:
        """Who answers here, and proof that it knows the token."""
        return Health(
            program="deocc",
            server_id=store.server_id,
            version=__version__,
            api=API_VERSION,
            state="running" if jobs.busy else "ready",
            device=_device(ready),
            proof=proof(token, nonce),
        )

    @app.get("/v1/backends")
    def list_backends() -> BackendList:
        """The cards of all backends, but those whose licences the server was told to hide."""
        cards = [backends.card(name) for name in backends.MODULES]
        return BackendList(
            [ready.reply(card, _measured(card.name, store)) for card in cards if not ready.hides(card)]
        )


def _device(ready: Readiness) -> str:
    """What jobs run on, as the process that has torch found it; the processor until one has looked."""
    known = calibration.read(ready.weights.root)
    return known.device if known else device_name()


def _measured(name: str, store: Store) -> Estimate | None:
    pace = store.pace(name)
    return Estimate(round(pace.total_s, 3), round(pace.memory_gb, 3), measured=True) if pace else None


def _add_image_route(app: FastAPI, files: Files) -> None:
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    body = {"required": True, "content": content}

    @app.put(
        "/v1/images/{sha256}",
        openapi_extra={"requestBody": body},
        responses=_answers(400, 413, 422, 507),
    )
    async def put_image(sha256: Sha256, request: Request) -> ImageReply:
        """Takes a photo or a mask."""
        upload = await asyncio.to_thread(Upload, files, sha256)
        try:
            async for chunk in request.stream():
                await asyncio.to_thread(upload.write, chunk)
            await asyncio.to_thread(upload.finish)
        finally:
            await asyncio.to_thread(upload.abandon)
        return ImageReply(sha256, upload.size_bytes)


def _add_submit_route(app: FastAPI, store: Store, files: Files, jobs: Jobs, ready: Readiness) -> None:
    reference = {"$ref": "#/components/schemas/JobRequest"}
    body = {"required": True, "content": {"application/json": {"schema": reference}}}

    @app.put(
        "/v1/jobs/{job_id}",
        status_code=202,
        openapi_extra={"requestBody": body},
        responses=_answers(400, 409, 413, 422, 507),
    )
    async def put_job(job_id: UUID, request: Request) -> JobReply:
        """Queues a job; the same call again changes nothing."""
        wanted = read_request(await _short_body(request))
        known = await asyncio.to_thread(store.job, str(job_id))
        if known is None:
            await asyncio.to_thread(check_request, wanted, files, ready)
            await asyncio.to_thread(jobs.submit, str(job_id), wanted)
            known = await asyncio.to_thread(_job, store, job_id)
        if known.request != wanted:
            raise InputFault(
                "other_job", "Another job has this id.", "A new job needs a new id.", "retry", 409
            )
        return known


def _add_job_routes(app: FastAPI, store: Store, hub: Hub, jobs: Jobs) -> None:
    @app.get("/v1/jobs")
    def list_jobs() -> JobList:
        """All jobs, newest first."""
        return JobList(store.jobs())

    @app.get("/v1/jobs/{job_id}", responses=_answers(404, 422))
    def get_job(job_id: UUID) -> JobReply:
        return _job(store, job_id)

    @app.delete(
        "/v1/jobs/{job_id}",
        status_code=202,
        responses={202: {"model": JobReply}, 204: {}, **_answers(404, 422, 507)},
    )
    def delete_job(job_id: UUID) -> Any:
        """Cancels a job (202) or removes a finished one with its files (204)."""
        job = _job(store, job_id)
        if job.state in END_STATES:
            jobs.remove(job.id)
            return Response(status_code=204)
        jobs.cancel(job.id)
        return _job(store, job_id)

    @app.get(
        "/v1/jobs/{job_id}/events",
        response_class=StreamingResponse,
        responses=_answers(404, 422, content="text/event-stream"),
    )
    def follow_job(job_id: UUID, last_event_id: LastEventId = 0) -> StreamingResponse:
        """The job's events from the one after Last-Event-ID to its last."""
        _job(store, job_id)
        lines = event_lines(store, hub, str(job_id), last_event_id)
        return StreamingResponse(lines, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _add_result_routes(app: FastAPI, store: Store, files: Files) -> None:
    variant = "/v1/jobs/{job_id}/variants/{n}"
    picture = _answers(404, 409, 422, content="image/png")
    package = _answers(404, 409, 422, content="application/zip")

    @app.get(variant + "/views/{view}.png", response_class=Response, responses=picture)
    def get_view(job_id: UUID, n: VariantNumber, view: ViewNumber) -> Response:
        """One of the six views."""
        return _file(store, job_id, n, files.variant(str(job_id), n) / "views" / f"{view}.png", "image/png")

    @app.get(variant + "/completed.png", response_class=Response, responses=picture)
    def get_completed(job_id: UUID, n: VariantNumber) -> Response:
        """The whole object as the photo would show it."""
        return _file(store, job_id, n, files.variant(str(job_id), n) / "completed.png", "image/png")

    @app.get(variant + "/package", response_class=Response, responses=package)
    def get_package(job_id: UUID, n: VariantNumber) -> Response:
        """The result of one seed."""
        return _file(store, job_id, n, files.package(str(job_id), n), "application/zip")


def _file(store: Store, job_id: UUID, n: int, path: Path, media_type: str) -> Response:
    """A finished file of a variant; 409 while it may still come, 404 where it never will."""
    job = _job(store, job_id)
    if n >= len(job.variants):
        raise InputFault(
            "no_variant", f"The job has no variant {n}.", f"It has {len(job.variants)}.", "", 404
        )
    try:
        return Response(path.read_bytes(), media_type=media_type)
    except FileNotFoundError:
        if job.variants[n].state in END_STATES:
            raise InputFault(
                "no_result", "This variant ended without a result.", "Try again.", "retry", 404
            ) from None
        raise InputFault("not_ready", "This is not made yet.", "Follow the job's events.", "", 409) from None


def _job(store: Store, job_id: UUID) -> JobReply:
    job = store.job(str(job_id))
    if job is None:
        raise InputFault("no_job", "The server has no such job.", "It may have been removed.", "retry", 404)
    return job


async def _short_body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_REQUEST_BYTES:
            raise InputFault(
                "request_too_large", "The request is over 1 MB.", "Send pictures apart.", "", 413
            )
    return body


def _answers(*faults: int, content: str = "") -> dict[int | str, dict[str, Any]]:
    """What OpenAPI shall say of a route: its faults by status, and its content where that is no JSON."""
    own: dict[int | str, dict[str, Any]] = {200: {"content": {content: {}}}} if content else {}
    return own | {status: {"model": FaultReply} for status in faults}


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The schema with what FastAPI can't see: the token, and the job's body that the door reads itself."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
        parts = schema["components"]
        request = request_type.json_schema(ref_template="#/components/schemas/{model}")
        parts["schemas"].update(request.pop("$defs", {}))
        parts["schemas"]["JobRequest"] = request
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"token": []}]
        health = schema["paths"][HEALTH_PATH]["get"]
        health["security"] = []
        del health["responses"]["401"]
        app.openapi_schema = schema
    return app.openapi_schema
