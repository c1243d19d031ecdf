"""One document for the whole API, and the page made of it."""

import importlib
import re
from typing import Annotated

import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

from gateway.door.examples import operations, put_in, shown
from gateway.door.merge import merged
from gateway.identity.policy import policy
from services.kernel.actor import Actor, Requires
from tests.gateway.conftest import a_gateway
from tests.gateway.inner import an_inner_service
from tests.keys import keyring
from tests.running import free_port, serving

pytestmark = pytest.mark.anyio
SERVICES = ("registry", "training", "procurement", "coordination")
DOCUMENT, DOCS = "/api/v1/openapi.json", "/api/v1/docs"


@pytest.fixture
async def gateway(databases):
    async with serving(an_inner_service()) as address:
        services = {"registry": address, "training": f"http://127.0.0.1:{free_port()}"}
        async for made in a_gateway(databases, services=services):
            yield made


async def test_one_document_speaks_of_all_and_names_who_is_away(gateway):
    answer = await gateway.browser().get(DOCUMENT)
    document = answer.json()

    assert (document["openapi"], document["servers"]) == ("3.1.0", [{"url": "/api/v1"}])
    assert document["x-missing"] == ["training"]
    assert {"/auth/login", "/coverage/{division}", "/registry/things"} <= set(document["paths"])
    assert not [p for p in document["paths"] if "internal" in p or p.startswith("/api")]
    thing = document["paths"]["/registry/things"]["post"]
    assert (thing["tags"], thing["operationId"]) == (["registry"], "registry.make")
    body = thing["requestBody"]["content"]["application/json"]
    assert body == {"schema": {"$ref": "#/components/schemas/registry.Thing"}, "example": {"name": "站点"}}
    assert document["paths"]["/auth/login"]["post"]["security"] == []
    assert thing["security"] == [{"session": []}, {"machine": []}]
    scopes = document["components"]["securitySchemes"]["machine"]["flows"]["clientCredentials"]["scopes"]
    assert scopes["registry:read"].startswith("查看")
    unchanged = await gateway.browser(**{"if-none-match": answer.headers["etag"]}).get(DOCUMENT)
    assert unchanged.status_code == 304


async def test_the_document_holds_together(gateway):
    document = (await gateway.browser().get(DOCUMENT)).json()
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    ids = [o["operationId"] for _, _, o in operations(document)]

    assert set(re.findall(r'"\$ref": ?"([^"]+)"', (await gateway.browser().get(DOCUMENT)).text)) <= known
    assert len(ids) == len(set(ids))
    for method, path, operation in operations(document):
        assert "application/problem+json" in operation["responses"]["default"]["content"], path
        assert "HTTPValidationError" not in str(operation), (method, path)
        assert all("example" in media for _, media in shown(operation)), (method, path)


async def test_two_services_may_each_have_a_schema_of_one_name():
    part = an_inner_service().openapi()

    document = merged({"paths": {}}, {"registry": part, "training": part}, [], policy())

    assert {"registry.Thing", "training.Thing", "Problem"} <= set(document["components"]["schemas"])


class Nameless(BaseModel):
    name: str


def test_an_operation_without_an_example_is_found():
    router = APIRouter()

    @router.get("/nameless")
    async def nameless(actor: Annotated[Actor, Requires("registry:read")]) -> Nameless: ...

    app = FastAPI()
    app.include_router(router)
    document = merged({"paths": {}}, {"registry": app.openapi()}, [], policy())

    assert put_in(document) == ["GET /registry/nameless 答复 200 name"]


async def test_every_operation_of_the_gateway_has_an_example(gateway):
    document = merged(gateway.app.openapi(), {}, [], policy())

    assert put_in(document) == []


@pytest.mark.parametrize("service", SERVICES)
async def test_every_operation_of_a_service_has_an_example(databases, service):
    app = importlib.import_module(f"services.{service}.app").create_app(databases.settings(service), *keys(service))

    assert put_in(merged({"paths": {}}, {service: app.openapi()}, [], policy())) == []


def keys(service: str) -> list[object]:
    """The registry has personal data, hence a vault too."""
    from tests.keys import a_vault

    return [keyring(service), a_vault()] if service == "registry" else [keyring(service)]


async def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(gateway):
    page = await gateway.browser().get(DOCS)
    html = page.text

    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:|https?://|src=", html)
    assert re.findall(r'<link [^>]*href="([^"]+)"', html) == ["/api/v1/docs/docs.css"]
    sheet = await gateway.browser().get("/api/v1/docs/docs.css")
    assert (sheet.status_code, sheet.headers["content-type"].split(";")[0]) == (200, "text/css")
    assert "url(" not in sheet.text
    assert "@import" not in sheet.text


async def test_the_page_lists_every_operation_with_parameters_and_examples(gateway):
    document = (await gateway.browser().get(DOCUMENT)).json()

    html = (await gateway.browser().get(DOCS)).text

    for method, path, _ in operations(document):
        assert f"{method.upper()}</span> <code>{path}</code>" in html
    assert "没有列出的部分：培训与督导" in html
    assert "<td><code>division</code></td><td>路径</td>" in html
    assert "站点" in html


async def test_json_too_says_that_a_browser_may_do_nothing_with_it(gateway):
    for path in (DOCUMENT, "/api/v1/status", "/api/v1/nowhere", "/api/v1/auth/me"):
        headers = (await gateway.browser().get(path)).headers
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
