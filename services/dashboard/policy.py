"""Who may do what: roles and permissions as a table that can be printed, for everybody who is signed in."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.contracts.administration import PermissionOut, PolicyOut
from services.dashboard.gateway import SignedIn
from services.dashboard.render import render
from services.dashboard.visitor import WithUser

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
KINDS = {"official": "业务角色", "system": "系统管理", "security": "安全管理", "audit": "审计"}


@router.get("/policy")
async def policy(request: Request, gateway: SignedIn) -> Response:
    known = await gateway.ask(PolicyOut, "/policy")
    held = {role.id: {p.id for p in role.permissions} for role in known.roles}
    return render(request, "policy.html", roles=known.roles, permissions=permissions_of(known), held=held, kinds=KINDS)


def permissions_of(policy: PolicyOut) -> list[PermissionOut]:
    """Each once, what belongs to one part of the house together."""
    known = {p.id: p for role in policy.roles for p in role.permissions}
    return [known[id] for id in sorted(known)]
