"""Owns migrations tried on a scratch cluster: in step with the models, and the starting point of a new one."""

import asyncio
import contextlib
import io
from collections.abc import Iterator
from pathlib import Path

from deploy.local import migrations
from deploy.local.databases import owner, prepare_databases, roles
from deploy.local.postgres import Cluster
from deploy.local.scratch import scratch_cluster
from deploy.local.settings import DATABASES

PASSWORD = "rehearsal"


def check_migrations() -> Iterator[str]:
    """One complaint for each database whose models say what no migration does."""
    from alembic.util import CommandError

    with _prepared_cluster() as cluster:
        for database in DATABASES:
            quiet = io.StringIO()
            try:
                with contextlib.redirect_stdout(quiet):
                    migrations.upgrade(database, _url(cluster, database))
                    migrations.check(database, _url(cluster, database))
            except CommandError as difference:
                yield f'{database}：模型与迁移不一致，请运行 make migration s={database} m="…"。{difference}'


def write_migration(database: str, message: str) -> Path:
    with _prepared_cluster() as cluster:
        migrations.upgrade(database, _url(cluster, database))
        return migrations.write(database, _url(cluster, database), message)


@contextlib.contextmanager
def _prepared_cluster() -> Iterator[Cluster]:
    with scratch_cluster() as cluster:
        asyncio.run(prepare_databases(cluster.dsn(), dict.fromkeys(roles(), PASSWORD)))
        yield cluster


def _url(cluster: Cluster, database: str) -> str:
    return f"postgresql://{owner(database)}:{PASSWORD}@127.0.0.1:{cluster.port}/{database}"
