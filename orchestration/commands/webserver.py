"""Serve Dagster's UI, and take changes from its own pages only.

`python -m living_panel.orchestration.commands.webserver` is the command.

Dagster's own server answers for any host and takes a mutation from the address of an image. It has no setting for
this and no server in front of it would help: its port stays open to every page. So `RequestGuard` is around the app
that Dagster makes.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

import click

from living_panel.codes import Code
from living_panel.orchestration.assets.report_server import PAGES, PAGES_VARIABLE
from living_panel.orchestration.root.browser_requests import Request, check_request
from living_panel.problems import Problem

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

STATUS: dict[str, int] = {
    Code.REQUEST_HOST: 421,
    Code.REQUEST_PAGE: 403,
    Code.REQUEST_FORM: 415,
    Code.REQUEST_QUERY: 405,
}
NO_FRAME = (b"x-frame-options", b"SAMEORIGIN")
STATEMENT_MILLISECONDS, RECYCLE_SECONDS, CONNECTIONS = 15_000, 3_600, 20
"""Limits of connections to a team's database; the defaults of `dagster-webserver`."""


class RequestGuard:
    """An ASGI app that hands another one the requests that `check_request` allows, and answers the others.

    Parameters
    ----------
    app : ASGI app
        The app behind the guard.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or one websocket."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif problem := check_request(_request(scope)):
            await _refuse(problem, scope["type"], send)
        elif address := _pages_address(scope):
            await _lead(address, send)
        else:
            await self._app(scope, receive, _without_frames(send))


def _request(scope: Message) -> Request:
    headers = tuple((k.decode("latin-1").lower(), v.decode("latin-1")) for k, v in scope["headers"])
    method = "WEBSOCKET" if scope["type"] == "websocket" else scope["method"]
    return Request(method, scope["path"], scope["query_string"].decode("latin-1"), headers)


def _pages_address(scope: Message) -> str:
    """Address of a page of this data root that a link of the UI asks for; "" for any other request."""
    pages, path = os.environ.get(PAGES_VARIABLE, ""), scope["path"]
    is_page = pages and scope["type"] == "http" and path.startswith(PAGES)
    return f"{pages.rstrip('/')}/{quote(path.removeprefix(PAGES))}" if is_page else ""


async def _lead(address: str, send: Send) -> None:
    """Send the browser to another server: its pages are none of the UI's, which may change the data."""
    headers = [(b"location", address.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 307, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(problem: Problem, kind: str, send: Send) -> None:
    if kind == "websocket":
        await send({"type": "websocket.close"})  # before it is accepted: status 403
        return
    body = f"{problem}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": STATUS[problem.code], "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _without_frames(send: Send) -> Send:
    """Tell the browser to show no page of ours inside one of another site, which could lead a click."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), NO_FRAME]}
        await send(message)

    return sent


@click.command()
@click.option("-h", "--host", default="127.0.0.1", show_default=True, help="Address of the server.")
@click.option("-p", "--port", default=3000, show_default=True, help="Port of the server.")
@click.option("-w", "--workspace", required=True, help="File that names the code location.")
def serve(host: str, port: int, workspace: str) -> None:
    """Serve Dagster's UI on the definitions of a workspace file."""
    from importlib.metadata import version

    import uvicorn
    from dagster import DagsterInstance
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster_webserver.app import create_app_from_workspace_process_context

    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(STATEMENT_MILLISECONDS, RECYCLE_SECONDS, CONNECTIONS)
        target, shown = WorkspaceFileTarget([workspace]), version("dagster-webserver")
        with WorkspaceProcessContext(instance, target, version=shown) as context:
            app = RequestGuard(create_app_from_workspace_process_context(context))
            uvicorn.run(app, host=host, port=port, log_level="warning")


if __name__ == "__main__":
    serve()
