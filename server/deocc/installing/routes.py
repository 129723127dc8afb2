"""The wire's routes about weights (docs/http.md): list, fetch, import by upload, cancel, remove."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query, Request
from fastapi import Path as InPath
from fastapi.responses import Response

from deocc.contract import FaultReply, WeightsList, WeightsReply
from deocc.installing.fetches import Fetches
from deocc.weights.preparing import PrepareOptions

BYTE = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"

Name = Annotated[str, InPath(pattern="^[a-z0-9.-]{1,60}$")]
BaseName = Annotated[str, Query(pattern="^[a-z0-9.-]{0,60}$")]
Colour = Annotated[str, Query(pattern=f"^(|white|grey|{BYTE},{BYTE},{BYTE})$")]
Cameras = Literal["", "v1.1", "v1.2"]
COLOURS = {"white": (255, 255, 255), "grey": (127, 127, 127)}


def add_weights_routes(app: FastAPI, fetches: Fetches) -> None:
    one = "/v1/weights/{name}"
    body = {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }

    @app.get("/v1/weights")
    def list_weights() -> WeightsList:
        """The table of weights, and what of it is here."""
        return WeightsList(fetches.list())

    @app.post(one, status_code=202, responses=_faults(400, 404, 422))
    def fetch_weights(name: Name) -> WeightsReply:
        """Begins or goes on with a fetch; the same call again changes nothing."""
        fetches.fetch(name)
        return fetches.reply(name)

    @app.put(
        one,
        status_code=202,
        openapi_extra={"requestBody": body},
        responses=_faults(400, 404, 409, 422, 507),
    )
    async def import_weights(
        name: Name, request: Request, base: BaseName = "", cameras: Cameras = "", background: Colour = ""
    ) -> WeightsReply:
        """Takes a checkpoint's bytes, then begins its import."""
        options = PrepareOptions(name, base, cameras, _colour(background))
        length = request.headers.get("content-length", "")
        size = int(length) if length.isascii() and length.isdigit() else 0
        upload = await asyncio.to_thread(fetches.upload, options, size)
        try:
            async for chunk in request.stream():
                await asyncio.to_thread(upload.write, chunk)
            await asyncio.to_thread(upload.finish)
            await asyncio.to_thread(fetches.bring, upload)
        except BaseException:
            await asyncio.to_thread(upload.abandon)
            raise
        return await asyncio.to_thread(fetches.reply, name)

    @app.delete(
        one,
        status_code=202,
        responses={202: {"model": WeightsReply}, 204: {}, **_faults(400, 404, 409, 422)},
    )
    def remove_weights(name: Name) -> Any:
        """Ends a fetch or import, keeping what was fetched (202), or removes what is here (204)."""
        answer = fetches.reply(name)
        if fetches.stop(name):
            return fetches.reply(name)
        if answer.state == "fetching":  # it is stopping already
            return answer
        fetches.remove(name)
        return Response(status_code=204)


def _colour(text: str) -> tuple[int, int, int] | None:
    if not text:
        return None
    if text in COLOURS:
        return COLOURS[text]
    r, g, b = map(int, text.split(","))
    return r, g, b


def _faults(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": FaultReply} for status in statuses}
