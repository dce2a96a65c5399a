"""The calls under `/orchestration/api/v1/runtime/{domain}`.

What belongs here: jobs, flow instances, flow steps, their files and flow model snapshots, read-only but for the
deletion of a job. Not offered because its reply's shape is not public: `delivery-file/outputs`. How the archives
of `customer-artifacts` are laid out is not public either: here as in the output folder.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from sandbox.exstream.composition import cut_in_half
from sandbox.exstream.context import Context, is_set
from sandbox.exstream.errors import not_found
from sandbox.exstream.query import FLOW_INSTANCE_KEYS, FLOW_STEP_KEYS, JOB_KEYS, Row
from sandbox.exstream.runtime import (
    Run,
    artifact_of,
    delivery_file_of,
    flow_model_snapshots,
    input_of,
    message_file_of,
    outputs_of,
)
from sandbox.exstream.views import as_running

BASE = "/orchestration/api/v1/runtime/{domain}"
_FILE_NAME = re.compile(r'<file name="([^"]*)"')
_XML = "application/xml"


def runtime_routes(context: Context) -> list[Route]:
    """Return the routes of the runtime, most specific first."""
    calls = _RuntimeCalls(context)
    instance, step = f"{BASE}/flow-instances", f"{BASE}/flow-steps"
    paths: list[tuple[str, Callable[[Request], Awaitable[Response]]]] = [
        (f"{BASE}/jobs", calls.jobs),
        (f"{BASE}/jobs/{{id}}", calls.job),
        (instance, calls.flow_instances),
        (f"{instance}/{{id}}", calls.flow_instance),
        (f"{instance}/{{id}}/input", calls.input),
        (f"{instance}/{{id}}/collection-resources", calls.collections_of_instance),
        (step, calls.flow_steps),
        (f"{step}/{{id}}", calls.flow_step),
        (f"{step}/{{id}}/message-file", calls.message_file),
        (f"{step}/{{id}}/delivery-file", calls.delivery_file),
        (f"{step}/{{id}}/delivery-file/output-files", calls.output_files),
        (f"{step}/{{id}}/artifact/{{name}}", calls.artifact),
        (f"{step}/{{id}}/customer-artifacts/{{number}}", calls.customer_artifacts),
        (f"{step}/{{id}}/collection-resources", calls.collections_of_step),
        (f"{BASE}/flow-model-snapshots", calls.flow_model_snapshots),
        (f"{BASE}/flow-model-snapshots/{{id}}", calls.flow_model_snapshot),
    ]
    routes = [Route(path, endpoint, methods=["GET"]) for path, endpoint in paths]
    return [*routes, Route(f"{BASE}/jobs/{{id}}", calls.delete_job, methods=["DELETE"])]


class _RuntimeCalls:
    """The handlers, each one request in and one reply out."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._runtime = context.state.runtime

    async def jobs(self, request: Request) -> Response:
        """Reply a page of jobs; `fetchDeleted=true` replies only deleted ones."""
        is_deleted_wanted = is_set(request, "fetchDeleted")
        rows = (self._as_now(row) for row in self._runtime.jobs(self._context.domain(request)))
        return self._context.paged(
            request, rows, JOB_KEYS, [lambda row: (row["status"] == "deleted") is is_deleted_wanted]
        )

    async def job(self, request: Request) -> Response:
        """Reply one job, deleted ones too."""
        run = self._runtime.run_of_job(self._context.domain(request), request.path_params["id"])
        return self._context.one(self._as_now(run.job))

    async def delete_job(self, request: Request) -> Response:
        """Delete a finished job with its files."""
        self._runtime.delete(self._context.domain(request), request.path_params["id"])
        return Response(status_code=200)

    async def flow_instances(self, request: Request) -> Response:
        """Reply a page of flow instances."""
        rows = (self._as_now(row) for row in self._runtime.flow_instances(self._context.domain(request)))
        return self._context.paged(request, rows, FLOW_INSTANCE_KEYS)

    async def flow_instance(self, request: Request) -> Response:
        """Reply one flow instance."""
        return self._context.one(self._as_now(self._run_of_instance(request).flow_instance))

    async def flow_steps(self, request: Request) -> Response:
        """Reply a page of flow steps; `checkArtifacts=true` looks whether the files are still there."""
        is_checked = is_set(request, "checkArtifacts")
        rows = (
            self._step_as_now(row, is_checked=is_checked)
            for row in self._runtime.flow_steps(self._context.domain(request))
        )
        return self._context.paged(request, rows, FLOW_STEP_KEYS)

    async def flow_step(self, request: Request) -> Response:
        """Reply one flow step."""
        run, step_id = self._run_of_step(request), request.path_params["id"]
        row = next(step for step in run.steps if step["id"] == step_id)
        return self._context.one(self._step_as_now(row, is_checked=is_set(request, "checkArtifacts")))

    async def input(self, request: Request) -> Response:
        """Reply the driver data of a run."""
        path = input_of(self._run_of_instance(request))
        return FileResponse(self._existing(path), media_type="application/octet-stream")

    async def collections_of_instance(self, request: Request) -> Response:
        """Reply the ids of the resource collections that a flow instance used."""
        return self._context.many([self._run_of_instance(request).collection_id])

    async def collections_of_step(self, request: Request) -> Response:
        """Reply the ids of the resource collections that a step used: only the engine uses any."""
        run = self._run_of_step(request)
        is_engine = self._is_engine(run, request.path_params["id"])
        return self._context.many([run.collection_id] if is_engine else [])

    async def message_file(self, request: Request) -> Response:
        """Reply the engine's message file."""
        path = self._existing(message_file_of(self._engine_run(request)))
        return FileResponse(path, media_type="application/octet-stream", filename=_download(request, path))

    async def delivery_file(self, request: Request) -> Response:
        """Reply the delivery file, cut off while the knob corrupt_delivery_file is turned."""
        path = self._existing(delivery_file_of(self._engine_run(request)))
        if self._context.knob("corrupt_delivery_file"):
            return Response(cut_in_half(path.read_bytes()), media_type=_XML)
        return FileResponse(path, media_type=_XML, filename=_download(request, path))

    async def output_files(self, request: Request) -> Response:
        """Reply a page of the output files that the delivery file names."""
        content = self._existing(delivery_file_of(self._engine_run(request))).read_bytes()
        names = _FILE_NAME.findall(content.decode("utf-16", errors="replace"))
        return self._context.paged(request, [{"name": name} for name in names], {}, sort="asc_name")

    async def artifact(self, request: Request) -> Response:
        """Reply a customer-designed report of a run."""
        path = self._existing(artifact_of(self._engine_run(request), request.path_params["name"]))
        return FileResponse(path, media_type="application/octet-stream")

    async def customer_artifacts(self, request: Request) -> Response:
        """Reply the outputs of one customer of a run, by its number in it, as a zip."""
        run = self._engine_run(request)
        number = str(request.path_params["number"])
        paths = [path for path in outputs_of(run, int(number)) if self._is_there(path)] if number.isdecimal() else []
        if not paths:
            raise not_found(f"There are no outputs of customer {number}: not composed, deleted or expired.")
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as entries:
            for path in paths:
                entries.writestr(str(path.relative_to(run.output_folder)), path.read_bytes())
        return Response(archive.getvalue(), media_type="application/zip")

    async def flow_model_snapshots(self, request: Request) -> Response:
        """Reply a page of the flow model versions that ran."""
        rows = flow_model_snapshots(self._runtime, self._context.domain(request))
        return self._context.paged(request, rows, {}, sort="asc_name")

    async def flow_model_snapshot(self, request: Request) -> Response:
        """Reply one flow model version."""
        wanted = request.path_params["id"]
        for row in flow_model_snapshots(self._runtime, self._context.domain(request)):
            if row["snapshotId"] == wanted:
                return self._context.one(row)
        raise not_found(f"There is no flow model snapshot {wanted}.")

    def _run_of_instance(self, request: Request) -> Run:
        return self._runtime.run_of_instance(self._context.domain(request), request.path_params["id"])

    def _run_of_step(self, request: Request) -> Run:
        return self._runtime.run_of_step(self._context.domain(request), request.path_params["id"])

    def _engine_run(self, request: Request) -> Run:
        run, step_id = self._run_of_step(request), request.path_params["id"]
        if not self._is_engine(run, step_id):
            raise not_found(f"Flow step {step_id} is not a communication step; it has no such file.")
        return run

    def _is_engine(self, run: Run, step_id: str) -> bool:
        engine = run.step("communication")
        return engine is not None and engine["id"] == step_id

    def _existing(self, path: Path) -> Path:
        if not self._is_there(path):
            raise not_found(f"The file {path.name} is not there: not written yet, deleted or expired.")
        return path

    def _is_there(self, path: Path) -> bool:
        is_hidden = self._context.knob("expired_files") or self._context.knob("jobs_running")
        return not is_hidden and path.exists()

    def _as_now(self, row: Row) -> Row:
        return as_running(row) if self._context.knob("jobs_running") else row

    def _step_as_now(self, row: Row, *, is_checked: bool) -> Row:
        shown = self._as_now(row)
        if not is_checked or not shown["deliveryFileRetrievable"]:
            return shown
        run = self._runtime.with_step(str(row["id"]))
        return {
            **shown,
            "deliveryFileRetrievable": self._is_there(delivery_file_of(run)),
            "messageFileRetrievable": self._is_there(message_file_of(run)),
        }


def _download(request: Request, path: Path) -> str | None:
    return path.name if is_set(request, "download") else None
