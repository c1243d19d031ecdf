"""Whole page or one block of it, from the same template."""

from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2_fragments import render_block
from starlette.datastructures import Headers

from services.contracts import registry
from services.contracts.identity import Me, Session
from services.dashboard import links, numbers, words
from services.dashboard.cookies import form_token, is_careful, session_of
from services.dashboard.menu import may, menu
from services.dashboard.static_files import static
from services.kernel.clock import today

HERE = Path(__file__).parent
SYSTEM = "社工服务综合管理平台"
IDLE_SECONDS: int = Session.model_fields["idle_seconds"].default
VARY = "Cookie, HX-Request, HX-Request-Type, HX-Target"
# Scripts and styles are files of ours, or they do not run.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


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
        "static": static,
        "map_link": links.map_link,
        "explain_link": links.explain_link,
        "address": links.address,
        "usual": links.USUAL.model_dump(),
        "percentage": numbers.percentage,
        "amount": numbers.amount,
        "change": numbers.change,
        "pack_names": words.PACK_NAMES,
        "gap_names": words.GAP_NAMES,
        "quarter_names": words.QUARTER_NAMES,
        "metric_words": words.metric_words,
        "tier_name": words.tier_name,
        "record_page": links.record_page,
        "lights": words.LIGHTS,
        "standings": words.STANDINGS,
        "late": words.LATE,
        "sources_words": words.SOURCES,
        "services": words.SERVICES,
        "point_names": words.POINT_NAMES,
        "covers": words.COVERS,
        "system": SYSTEM,
        "may": may,
        "levels": registry.LEVEL_NAMES,
        "id_types": registry.ID_TYPE_NAMES,
        "point_tiers": registry.POINT_TIER_NAMES,
        "bases": registry.STAFFING_BASIS_NAMES,
    }
    env.filters |= {
        "number": numbers.number,
        "money": numbers.money,
        "percent": numbers.percent,
        "day": numbers.day,
        "last_day": numbers.last_day,
        "moment": numbers.moment,
    }
    return env


templates = _environment()
# As a global, so that a block rendered alone has them too.
templates.globals["p"] = templates.get_template("parts.html").module
templates.globals["l"] = templates.get_template("lists.html").module
templates.globals["f"] = templates.get_template("forms.html").module


def is_fragment(headers: Headers) -> bool:
    """htmx asks for a part of a page; going back in history it asks for the whole."""
    partial = headers.get("hx-request") == "true" and headers.get("hx-request-type", "partial") == "partial"
    return partial and headers.get("hx-history-restore-request") != "true"


def wanted_block(headers: Headers, blocks: set[str]) -> str | None:
    """What htmx will replace, if the page has a block of that name; None: the whole page. The header is user input."""
    target = headers.get("hx-target", "").rpartition("#")[2]
    return target if is_fragment(headers) and target in blocks else None


def render(request: Request, name: str, /, *, status: int = 200, **context: object) -> HTMLResponse:
    """Answer htmx with the block named like the element it will replace, a browser with the page."""
    template = templates.get_template(name)
    block = wanted_block(request.headers, set(template.blocks))
    shown = {**_everywhere(request), **context}
    html = _fragment(name, block, shown) if block else template.render(shown)
    return HTMLResponse(html, status, {"vary": VARY})


def render_part(request: Request, name: str, block: str, /, *, status: int, **context: object) -> HTMLResponse:
    """One block, whatever was asked for."""
    return HTMLResponse(_fragment(name, block, {**_everywhere(request), **context}), status, {"vary": VARY})


def _fragment(name: str, block: str, shown: dict[str, object]) -> str:
    """With the page's title, which htmx takes over."""
    title = render_block(templates, name, "title", shown).strip()
    return f"<title>{title} · {SYSTEM}</title>\n{render_block(templates, name, block, shown)}"


def _everywhere(request: Request) -> dict[str, object]:
    """What the layout shows on each page."""
    me: Me | None = getattr(request.state, "me", None)
    here = request.url.path
    return {
        "me": me,
        "menu": menu(me, here, request.app.state.routes),
        "signed_in": session_of(request) is not None,
        "form_token": form_token(request),
        "care": is_careful(request),
        "idle_seconds": IDLE_SECONDS,
        "settings": request.app.state.settings,
        "demo": request.app.state.settings.demo,
        "today": today(),
        "here": here,
        "reload": here + (f"?{request.url.query}" if request.url.query else ""),
    }
