"""Owns `make status`: what runs, where, and whether it is ready."""

from deploy.local.house import House
from deploy.local.run import is_ready
from deploy.local.settings import APPS, POSTGRES

WORDS = {"RUNNING": "运行中", "STARTING": "启动中", "STOPPED": "已停止", "BACKOFF": "反复退出", "FATAL": "启动失败"}


def status(house: House) -> bool:
    """Print a line for each process; true if all is well."""
    states = house.supervisor.states()
    if not states:
        print("社工系统没有运行。用 make run 启动。")
        return False
    lines = [_line(house, name, states[name]["statename"], states[name]["pid"]) for name in (POSTGRES, *APPS)]
    return all(lines)


def _line(house: House, name: str, state: str, pid: int) -> bool:
    ready = house.cluster.ready() if name == POSTGRES else is_ready(house.settings, name)
    word = "就绪" if ready else WORDS.get(state, state)
    print(f"{name:<14}{house.settings.port(name):<7}{word}{f'（进程 {pid}）' if pid else ''}")
    return ready
