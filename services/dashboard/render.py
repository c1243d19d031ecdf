"""Whole page or one block of it, from the same template."""

import hashlib
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2_fragments import render_block
from starlette.datastructures import Headers

from services.contracts import registry
from services.contracts.identity import Me
from services.dashboard import links, numbers, words
from services.dashboard.cookies import form_token, session_of
from services.kernel.clock import today

HERE = Path(__file__).parent
STATIC = HERE / "static"
VARY = "Cookie, HX-Request, HX-Request-Type, HX-Target"
# Scripts and styles are files of ours, or they do not run.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def static(name: str) -> str:
    """A file's address holds its content's hash: it may be kept for ever."""
    return f"/static/{name}?v={VERSIONS[name]}"


def _versions() -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest()[:12] for p in STATIC.iterdir() if p.is_file()}


VERSIONS = _versions()


def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_null_translations(newstyle=False)  # type: ignore[attr-defined]
    env.globals |= {
        "static": static, "map_link": links.map_link, "explain_link": links.explain_link, "address": links.address,
        "percentage": numbers.percentage, "metric_words": words.metric_words, "tier_name": words.tier_name,
        "record_page": links.record_page, "lights": words.LIGHTS, "standings": words.STANDINGS,
        "sources_words": words.SOURCES, "services": words.SERVICES, "point_names": words.POINT_NAMES,
        "covers": words.COVERS, "levels": registry.LEVEL_NAMES, "id_types": registry.ID_TYPE_NAMES,
        "point_tiers": registry.POINT_TIER_NAMES, "bases": registry.STAFFING_BASIS_NAMES,
    }  # fmt: skip
    env.filters |= {
        "number": numbers.number,
        "percent": numbers.percent,
        "day": numbers.day,
        "last_day": numbers.last_day,
        "moment": numbers.moment,
    }
    return env


templates = _environment()
# As a global, so that a block rendered alone has them too.
templates.globals["p"] = templates.get_template("parts.html").module


def wanted_block(headers: Headers, blocks: set[str]) -> str | None:
    """What htmx will replace, if the page has a block of that name; None: the whole page. The header is user input."""
    partial = headers.get("hx-request") == "true" and headers.get("hx-request-type", "partial") == "partial"
    if not partial or headers.get("hx-history-restore-request") == "true":
        return None
    target = headers.get("hx-target", "").rpartition("#")[2]
    return target if target in blocks else None


def render(request: Request, name: str, /, *, status: int = 200, **context: object) -> HTMLResponse:
    """Answer htmx with the block named like the element it will replace, a browser with the page."""
    template = templates.get_template(name)
    block = wanted_block(request.headers, set(template.blocks))
    shown = {**_everywhere(request), **context}
    html = render_block(templates, name, block, shown) if block else template.render(shown)
    return HTMLResponse(html, status, {"vary": VARY})


# Address, name, the pages it stands for, and what one must be allowed to see it.
MENU = (
    ("/", "四级覆盖", ("/map", "/explain"), "coverage:read"),
    ("/people", "人员名录", ("/people",), "registry:read"),
    ("/service-points", "服务站点", ("/service-points",), "registry:read"),
    ("/imports/new", "数据导入", ("/imports",), "registry:write"),
    ("/status", "系统状态", ("/status",), None),
    ("/help", "帮助", ("/help",), None),
)


def may(me: Me | None, permission: str) -> bool:
    return me is not None and permission in me.permissions


def _everywhere(request: Request) -> dict[str, object]:
    """What the layout shows on each page."""
    me: Me | None = getattr(request.state, "me", None)
    return {
        "me": me,
        "menu": [(path, name, prefixes) for path, name, prefixes, needs in MENU if needs is None or may(me, needs)],
        "signed_in": session_of(request) is not None,
        "form_token": form_token(request),
        "demo": request.app.state.settings.demo,
        "today": today(),
        "here": request.url.path,
        "reload": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
    }
