"""The tables of the job queue, as pgqueuer makes them, by the owner's role; the app's may use them as any other table.

A later pgqueuer that wants other tables gets a migration of its own, which runs its `render_converge`.
"""

from typing import Any

from alembic import op


def create_queue() -> None:
    """Many statements with functions among them: said to the driver, which alone takes them together."""
    from pgqueuer.adapters.persistence.schema_ddl import render_install
    from pgqueuer.domain.settings import DBSettings

    statements = render_install(DBSettings(), create_schema=False)
    connection: Any = op.get_bind().connection.dbapi_connection
    connection.run_async(lambda driver: driver.execute(statements))
