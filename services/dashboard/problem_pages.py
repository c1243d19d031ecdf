"""Every refusal as a page: whatever answers with a problem document, an official reads a sentence and a way on."""

import re
from typing import NamedTuple

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.dashboard.addresses import mended
from services.dashboard.cookies import close_session
from services.dashboard.links import address, login_link
from services.dashboard.render import is_fragment, render, render_part
from services.dashboard.visitor import LED_TO
from services.kernel.errors import Problem

FOR_MACHINES = ("/health", "/ready", "/metrics", "/internal/")
PROBLEM = "application/problem+json"
# A refusal never takes the place of the part that htmx asked for: it is shown over the page.
OVER_THE_PAGE = {"hx-retarget": "#notices", "hx-reswap": "innerHTML", "hx-push-url": "false"}
STEP_UP = "step_up_required"  # the kernel's code as well
MERGED = "person_merged"  # the registry's and training's code: who was looked for is kept under another number
PERSON = re.compile(r"/people/[0-9a-f-]{36}")
INVALID = "invalid"  # the kernel's code for what does not have the right form; of a GET, that is its address


class Remedy(NamedTuple):
    title: str
    advice: str


# What to do next, where the sentence of the problem does not say it all.
REMEDIES: dict[int, Remedy] = {
    400: Remedy("请求有误", "请返回上一页，检查后重新提交。"),
    403: Remedy("没有权限", "如工作需要，请联系本单位的安全管理员授权。"),
    404: Remedy("没有找到", "可能地址有误、记录不存在，或不在您的管辖范围内。"),
    405: Remedy("地址不支持这种操作", "请从导航重新进入。"),
    409: Remedy("当前状态不允许", "记录可能已被他人处理，请刷新后核对。"),
    413: Remedy("提交的内容过大", "请拆分文件后分批提交。"),
    422: Remedy("内容有误", "请返回上一页，按提示修改后重新提交。"),
    429: Remedy("操作过于频繁", "请稍候再试。"),
    500: Remedy("系统内部错误", "错误已记录。请稍后重试；如仍出现，请把下方的编号告诉运维人员。"),
    503: Remedy("服务暂不可用", "您的数据没有丢失，请稍后重试。"),
}
WRONG_ADDRESS = Remedy("地址有误", "请核对地址，或回到首页从导航重新进入。")
OTHER = Remedy("没有完成", "请返回上一页重试；如仍出现，请把下方的编号告诉运维人员。")


class ProblemPages:
    """Outermost of the middlewares, so that refusals by the envelope (too large, too late) become pages as well."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(FOR_MACHINES):
            await self.app(scope, receive, send)
            return
        held: Message | None = None
        body = b""

        async def translate(message: Message) -> None:
            nonlocal held, body
            if (
                message["type"] == "http.response.start"
                and Headers(raw=message["headers"]).get("content-type") == PROBLEM
            ):
                held = message
            elif held is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    await self._page(scope, held, body)(scope, receive, send)

        await self.app(scope, receive, translate)

    def _page(self, scope: Scope, start: Message, body: bytes) -> Response:
        """The page instead of the document, with the headers of its answer."""
        request = Request(scope)
        page = page_of(request, start["status"], body, Headers(raw=start["headers"]))
        headers = MutableHeaders(raw=start["headers"])
        for name in ("content-type", "content-length", "www-authenticate"):
            del headers[name]
        page.raw_headers.extend(headers.raw)
        return page


def page_of(request: Request, status: int, body: bytes, headers: Headers) -> Response:
    if status == 401:
        return to_login(request)
    try:
        problem = Problem.model_validate_json(body)
    except ValidationError:
        problem = Problem(type="", title="", status=status, detail="", code="unknown")
    if problem.code in LED_TO:
        return go(request, LED_TO[problem.code])
    if problem.code == STEP_UP:
        return go(request, address("/confirm", next=here(request)))
    if problem.code == MERGED and request.method == "GET":
        known_as = PERSON.sub(f"/people/{problem.params['merged_into']}", request.url.path)
        return go(request, address(known_as, done="merged"))
    wrong_address = request.method == "GET" and problem.code == INVALID
    shown: dict[str, object] = {
        "problem": problem,
        "sentences": mended(problem.errors) if wrong_address else sentences_of(problem),
        "remedy": WRONG_ADDRESS if wrong_address else REMEDIES.get(status, OTHER),
        "retry_after": headers.get("retry-after"),
        "request_id": headers.get("x-request-id"),
        "again": request.method == "GET",
    }
    if not is_fragment(request.headers):
        return render(request, "problem.html", status=status, **shown)
    notice = render_part(request, "problem.html", "notice", status=status, **shown)
    notice.headers.update(OVER_THE_PAGE)
    return notice


def go(request: Request, where: str) -> Response:
    """To another page, which must not land in a part of this one."""
    if is_fragment(request.headers):
        return Response(status_code=401, headers={"hx-redirect": where})
    return RedirectResponse(where, 303)


def sentences_of(problem: Problem) -> list[str]:
    """What the problem says; then each field, where there are several."""
    fields = [f"{e.field}：{e.detail}" for e in problem.errors] if len(problem.errors) > 1 else []
    return [problem.detail, *fields] if problem.detail else fields


def to_login(request: Request) -> Response:
    """The session has ended: sign in and come back to the same page (a form: to the page it was on)."""
    answer = go(request, login_link(here(request)))
    close_session(request, answer)
    return answer


def here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
