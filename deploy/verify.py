"""Owns `shegong verify FILE`: a credential, or a signed answer, checked on any machine, with the register or without.

Each verdict ends with a code of its own (services/registry/verification/checking.py), so that a script can tell.
"""

import argparse
import json
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from deploy.local.errors import CannotRun
from services.contracts.registry import LEVEL_NAMES
from services.kernel.clock import now
from services.registry.verification.checking import Issuer, Result, checked, issuer_of, list_of
from services.registry.verification.jws import Unsound

LONGEST = 4 * 1024 * 1024
SECONDS = 10.0
KEYS = "/.well-known/jwt-vc-issuer"
SHOWN = {
    "name": "姓名", "level": "证书级别", "management_number": "管理号", "valid_from": "登记日期",
    "valid_to": "登记有效期止", "id": "答复编号", "on": "核验日", "purpose": "用途", "question": "问题摘要",
}  # fmt: skip


def verify(chosen: argparse.Namespace) -> int:
    text = read(chosen.file)
    if chosen.online:
        issuer, status = online(text, chosen.online.rstrip("/"), now())
    elif chosen.keys:
        issuer, status = keys_of(read(chosen.keys)), read(chosen.status) if chosen.status else None
    else:
        raise CannotRun(f"请用 --keys 给出签发方公钥文件（签发方网址加 {KEYS}），或用 --online 给出签发方网址。")
    result = checked(text, issuer, now(), status)
    print(said(result))
    return result.code


def said(result: Result) -> str:
    named = {level.value: name for level, name in LEVEL_NAMES.items()}
    known = {claim: result.claims[claim] for claim in SHOWN if claim in result.claims}
    told = [f"{SHOWN[claim]}：{named.get(str(value), value)}" for claim, value in known.items()]
    lines = [result.word, *told]
    if "items" in result.claims:
        lines.append(f"共 {len(result.claims['items'])} 个结论，以签名答复为准")
    return "\n".join("".join(c for c in line if c.isprintable()) for line in lines)


def read(path: Path) -> str:
    """Of whatever is no text, nothing can be said but that it is none of ours."""
    try:
        with path.open("rb") as file:
            return file.read(LONGEST).decode("utf-8", "replace")
    except OSError as error:
        raise CannotRun(f"读不出文件 {path}：{error.strerror}。请核对文件名。") from error


def keys_of(text: str) -> Issuer:
    try:
        return issuer_of(json.loads(text))
    except (ValueError, RecursionError, Unsound) as error:
        raise CannotRun(f"公钥文件不对。请从签发方网址加 {KEYS} 重新下载。") from error


def online(text: str, url: str, at: datetime) -> tuple[Issuer, str | None]:
    """The one who is asked is named by whoever checks: a credential could name anybody. The list is fetched from that
    same host only, and none for a credential that is not theirs.
    """
    with httpx.Client(timeout=SECONDS, follow_redirects=False) as http:
        issuer = keys_of(fetched(http, url + KEYS))
        if issuer.url != url:
            raise CannotRun(f"{url} 公布的签发方是 {issuer.url}。请改用该网址，并确认它可信。")
        place = list_of(text, issuer, at)
        if place is None or urlsplit(place)[:2] != urlsplit(url)[:2]:
            return issuer, None
        return issuer, fetched(http, place)


def fetched(http: httpx.Client, address: str) -> str:
    try:
        with http.stream("GET", address) as answer:
            if answer.status_code != 200:
                raise CannotRun(f"{address} 答复 {answer.status_code}，未能核验。请稍后重试，或改用离线核验。")
            body = b""
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LONGEST:
                    raise CannotRun(f"{address} 的答复过大，未能核验。")
    except httpx.HTTPError as error:
        raise CannotRun(f"连不上 {address}，未能核验。请检查网络，或改用离线核验。") from error
    return body.decode("utf-8", "replace")
