"""An app with the routes that another of its kind has worked out, for FastAPI is longer at them than many a test."""

from fastapi import FastAPI

_FIRST: dict[tuple[str, ...], FastAPI] = {}


def wired(app: FastAPI) -> FastAPI:
    """Everything else of it is its own: state, database, middleware. Routes differ only by the services there are.

    They ask the app that made them for what a test puts in a dependency's place; so that is told the newest one's.
    """
    services = getattr(app.state.settings, "services", ())
    first = _FIRST.setdefault((app.state.name, *sorted(services)), app)
    app.router.routes, first.dependency_overrides = first.router.routes, app.dependency_overrides
    return app
