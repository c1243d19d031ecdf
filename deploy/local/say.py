"""Owns what the operator reads on the terminal."""

import json
import sys

from deploy.local.settings import Settings


def step(text: str) -> None:
    print(f"· {text}", file=sys.stderr, flush=True)


def ready(settings: Settings, *, was_running: bool) -> None:
    print("社工系统本来就在运行，一切就绪。" if was_running else "社工系统已经就绪。")
    print(f"  页面 dashboard  {settings.url('dashboard')}")
    print(f"  接口 gateway    {settings.url('gateway')}")
    if settings.demo:
        _accounts(settings)
    print("用 make stop 停止，用 make status 查看各进程。", flush=True)


def _accounts(settings: Settings) -> None:
    told = json.loads(settings.demo_file.read_text(encoding="utf-8"))
    print(f"演示账户（人物均为虚构，完整内容见 {settings.demo_file}）：")
    for account in told["accounts"]:
        print(f"  {account['username']:<12} {account['password']}  {account['name']}")
