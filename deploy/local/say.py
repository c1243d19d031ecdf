"""Owns what the operator reads on the terminal."""

import json
import sys
from pathlib import Path

from deploy.local.settings import Settings


def step(text: str) -> None:
    print(f"· {text}", file=sys.stderr, flush=True)


def ready(settings: Settings, *, was_running: bool) -> None:
    print("社工系统本来就在运行，一切就绪。" if was_running else "社工系统已经就绪。")
    print(f"  页面 dashboard  {settings.url('dashboard')}")
    print(f"  接口 gateway    {settings.url('gateway')}")
    if settings.demo:
        accounts(settings.demo_file)
        print("用 make demo 装入一座演示城市。")
    print("用 make stop 停止，用 make status 查看各进程。", flush=True)


def accounts(file: Path) -> None:
    told = json.loads(file.read_text(encoding="utf-8"))
    print(f"演示账户（人物均为虚构，完整内容见 {file}）：")
    for account in told["accounts"]:
        print(f"  {account['username']:<12} {account['password']}  {account['name']}", flush=True)
