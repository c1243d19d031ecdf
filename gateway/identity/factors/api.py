"""`/auth/totp` and `/auth/step-up`: the second step of signing in, one's own authenticator, proving oneself again."""

from fastapi import APIRouter, Depends, Request, Response

from gateway.identity.address import origin_of
from gateway.identity.asking import Enrolling, HalfWay, Person
from gateway.identity.factors import commands, passing, queries
from gateway.identity.house import house_of
from services.contracts.identity import Code, Enrolled, Enrolment, RecoveryCodes, SecondFactor, Session, StepUp
from services.kernel.db import Reader, Tx


def unkept(response: Response) -> None:
    """Nothing of these answers may be kept on the way."""
    response.headers["cache-control"] = "no-store"


router = APIRouter(prefix="/auth", tags=["auth"], dependencies=[Depends(unkept)])


@router.post("/totp", summary="登录第二步")
async def second_step(order: Code, request: Request, person: HalfWay) -> Session:
    """用验证器上的六位数字或一个恢复码完成登录；答复中是新的 token，此前的 token 作废。连续输错五次，暂停十五分钟。"""
    return await passing.second_step(house_of(request), person, order.code, origin_of(request))


@router.get("/totp", summary="我的验证器")
async def mine(person: HalfWay, db: Reader) -> SecondFactor:
    return await queries.second_factor(db, person)


@router.post("/totp/enrolment", summary="绑定验证器：生成密钥")
async def offer(request: Request, person: Enrolling, tx: Tx) -> Enrolment:
    """须在五分钟内验证过身份（登录或 /auth/step-up）。密钥只显示一次，输入第一个验证码后生效。"""
    house = house_of(request)
    await queries.check_fresh(tx, person, house.clock())
    return await commands.offer(tx, person, house.vault, house.clock())


@router.put("/totp/enrolment", summary="绑定验证器：输入第一个验证码")
async def enrol(order: Code, request: Request, person: Enrolling, tx: Tx) -> Enrolled:
    """答复中的恢复码只显示这一次；同时给出新的 token，本账号的其他会话全部结束。"""
    house = house_of(request)
    await queries.check_fresh(tx, person, house.clock())
    shown = await commands.enrol(tx, person, house.vault, order.code, house.clock())
    session = await passing.made_whole(tx, house, person, origin_of(request))
    house.standings.forget()
    return Enrolled(recovery_codes=shown, session=session)


@router.post("/totp/recovery-codes", summary="换发恢复码")
async def renew(request: Request, person: Person, tx: Tx) -> RecoveryCodes:
    """须在五分钟内验证过身份。旧的恢复码全部作废。"""
    person.actor.require_fresh(house_of(request).clock())
    return RecoveryCodes(recovery_codes=await commands.renew_recovery_codes(tx, person))


@router.delete("/totp", status_code=204, summary="解绑验证器")
async def remove(request: Request, person: Person, tx: Tx) -> None:
    """须在五分钟内验证过身份；角色要求使用验证器的，只能更换，不能解绑。"""
    person.actor.require_fresh(house_of(request).clock())
    await commands.remove(tx, person)
    house_of(request).standings.forget()


@router.post("/step-up", status_code=204, summary="重新验证身份")
async def step_up(order: StepUp, request: Request, person: Person) -> None:
    """绑定了验证器的给 code，其他人给 password；此后五分钟内可以审批、付款、查看明文。"""
    await passing.step_up(house_of(request), person, order, origin_of(request))
