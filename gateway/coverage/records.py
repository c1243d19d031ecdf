"""Where the record behind a subject is to be read: its address at the door."""

# service → kind of subject → collection
COLLECTIONS: dict[str, dict[str, str]] = {
    "registry": {
        "person": "people",
        "certificate": "certificates",
        "registration": "registrations",
        "organization": "organizations",
        "service_point": "service-points",
        "assignment": "assignments",
        "division": "divisions",
        "post": "posts",
        "honor": "honors",
    },
    "training": {
        "course": "courses",
        "session": "sessions",
        "attendance": "attendances",
        "credit": "credits",
        "supervisor": "supervisors",
        "supervision": "supervisions",
        "base": "bases",
        "site": "sites",
        "placement": "placements",
    },
    "procurement": {
        "budget": "budgets",
        "project": "projects",
        "contract": "contracts",
        "milestone": "milestones",
        "payment": "payments",
        "project_staff": "staff",
    },
    "coordination": {
        "service_record": "service-records",
        "measure": "measures",
        "duty": "duties",
        "review": "reviews",
        "task": "tasks",
        "event": "events",
        "linkage": "linkages",
    },
}


def record_of(service: str, subject: str) -> str | None:
    """A person's standing in training is read as a statement; what has no address of its own has none here."""
    kind, _, id = subject.partition(":")
    if (service, kind) == ("training", "person"):
        return f"/api/v1/training/people/{id}/statement"
    collection = COLLECTIONS.get(service, {}).get(kind)
    return None if collection is None else f"/api/v1/{service}/{collection}/{id}"
