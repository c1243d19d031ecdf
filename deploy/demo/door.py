"""The public door as another system would use it: a token for a machine, rosters as import jobs, lists by pages."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx

from deploy.local.errors import CannotRun
from services.contracts.imports import WORKING, ImportJob, JobState
from services.contracts.registry import ImportKind

PAGE = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Door:
    def __init__(self, gateway: str, client: dict[str, str]) -> None:
        self.client = client
        self.http = httpx.AsyncClient(base_url=f"{gateway}/api/v1", timeout=120, trust_env=False)

    async def ask(self, method: str, path: str, **request: Any) -> Any:
        """The answer; with a new token if the old one has run out."""
        answer = await self.http.request(method, path, **request)
        if answer.status_code == 401:
            await self._sign_in()
            answer = await self.http.request(method, path, **request)
        if answer.is_error:
            raise CannotRun(f"接口 {path} 拒绝了演示数据（{answer.status_code}）：{answer.text[:500]}")
        return answer.json()

    async def _sign_in(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client["id"],
            "client_secret": self.client["secret"],
        }
        answer = await self.http.post("/auth/token", data=form)
        if answer.is_error:
            raise CannotRun("演示对接系统不能登录。请用 make run 重新启动后再试。")
        self.http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"

    async def pages(self, path: str) -> AsyncIterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            asked = {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
            page = await self.ask("GET", path, params=asked)
            for item in page["items"]:
                yield item
            cursor = page["next"]
            if not cursor:
                return

    async def roster(self, kind: ImportKind, content: bytes) -> ImportJob:
        """Uploaded, checked, confirmed, written. What is there already is unchanged."""
        name = f"演示-{hashlib.sha256(content).hexdigest()[:12]}.xlsx"
        job = await self._job("POST", f"/registry/imports/{kind.value}", files={"file": (name, content, XLSX)})
        job = await self._settled(job)
        if job.state is JobState.READY:
            job = await self._settled(await self._job("POST", f"/registry/imports/{job.id}/confirm", json={}))
        if job.state is not JobState.DONE:
            raise CannotRun(f"演示名册没有导入（{job.state}）：{job.refused or job.notes}")
        return job

    async def close(self) -> None:
        await self.http.aclose()

    async def _job(self, method: str, path: str, **request: Any) -> ImportJob:
        """Said again after a failure it is a new upload; then the rows decide, and they are unchanged."""
        headers = {"idempotency-key": str(uuid4())}
        return ImportJob.model_validate(await self.ask(method, path, headers=headers, **request))

    async def _settled(self, job: ImportJob) -> ImportJob:
        while job.state in WORKING:
            await asyncio.sleep(0.1)
            job = ImportJob.model_validate(await self.ask("GET", f"/registry/imports/{job.id}"))
        return job
