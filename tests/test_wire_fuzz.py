"""The wire against whatever its own OpenAPI allows and forbids: no 500, no undocumented answer."""

from __future__ import annotations

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.server_under_test import ServerUnderTest

# for each call and mode: enough to see that it holds, in little time; DEOCC_FUZZ_EXAMPLES=500 for a search
EXAMPLES = int(os.environ.get("DEOCC_FUZZ_EXAMPLES", "15"))
SLOW_IS_FINE = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
WEIGHTS = "/v1/weights/{name}"
JOB, VARIANT = "/v1/jobs/{job_id}", "/v1/jobs/{job_id}/variants/{n}"
CALLS = {
    ("GET", "/v1/health"),
    ("GET", "/v1/backends"),
    ("GET", "/v1/weights"),
    ("POST", WEIGHTS),
    ("PUT", WEIGHTS),
    ("DELETE", WEIGHTS),
    ("PUT", "/v1/images/{sha256}"),
    ("GET", "/v1/jobs"),
    ("PUT", JOB),
    ("GET", JOB),
    ("DELETE", JOB),
    ("GET", f"{JOB}/events"),
    ("GET", f"{VARIANT}/views/{{view}}.png"),
    ("GET", f"{VARIANT}/completed.png"),
    ("GET", f"{VARIANT}/package"),
}
NOTHING_WRONG = {("GET", "/v1/backends"), ("GET", "/v1/jobs"), ("GET", "/v1/weights")}
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.fixture(scope="module")
def wire(server: ServerUnderTest):
    return schemathesis.openapi.from_dict(server.http.get("/v1/openapi.json").json())


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("method", "path"), sorted(CALLS))
def test_every_call_answers_as_the_schema_says(wire, server: ServerUnderTest, method: str, path: str, mode):
    if mode == GenerationMode.NEGATIVE and (method, path) in NOTHING_WRONG:
        pytest.skip("takes nothing that could be wrong")
    headers = {"Authorization": f"Bearer {server.token}"}

    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=SLOW_IS_FINE)
    @given(case=wire[path][method].as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate(base_url=server.url, headers=headers, checks=CHECKS, timeout=10)

    ask()
    assert server.http.get("/v1/health").json()["state"] in ("ready", "running")


def test_a_job_with_real_pictures_and_any_other_values_is_taken_or_faulted(
    wire, server: ServerUnderTest, puppet_request
):
    """Random names of pictures never come past the door: with true ones the fields behind it are met too."""
    real = puppet_request(server)
    headers = {"Authorization": f"Bearer {server.token}"}
    answers = set()

    @settings(max_examples=2 * EXAMPLES, derandomize=True, deadline=None, suppress_health_check=SLOW_IS_FINE)
    @given(case=wire[JOB]["PUT"].as_strategy(generation_mode=GenerationMode.POSITIVE))
    def ask(case):
        case.body = {**case.body, **real}
        response = case.call_and_validate(base_url=server.url, headers=headers, checks=CHECKS, timeout=10)
        answers.add(response.status_code)

    ask()
    assert {202, 400} <= answers <= {202, 400, 409}  # 409: the same id drawn twice


@pytest.mark.parametrize("path", sorted(path for method, path in CALLS if method == "GET" and JOB in path))
def test_calls_about_a_job_that_exists_answer_as_the_schema_says(
    wire, server: ServerUnderTest, puppet_request, path: str
):
    job_id = server.put_job(puppet_request(server))
    server.finish(job_id)
    headers = {"Authorization": f"Bearer {server.token}"}

    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=SLOW_IS_FINE)
    @given(case=wire[path]["GET"].as_strategy(generation_mode=GenerationMode.POSITIVE))
    def ask(case):
        case.path_parameters["job_id"] = job_id
        case.call_and_validate(base_url=server.url, headers=headers, checks=CHECKS, timeout=10)

    ask()


def test_the_schema_knows_every_call_of_the_wire(server: ServerUnderTest):
    described = server.http.get("/v1/openapi.json").json()
    assert {
        (method.upper(), path) for path, methods in described["paths"].items() for method in methods
    } == CALLS
    request = described["components"]["schemas"]["JobRequest"]
    assert set(request["required"]) == {"photo", "object_mask"} and request["additionalProperties"] is False
