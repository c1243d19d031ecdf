"""What tests ask of the API again and again."""

PATH = "/service-records"
READ, WRITE = "coordination:read", "coordination:write"
_keys = iter(range(10_000_000, 99_999_999))


def key() -> dict[str, str]:
    return {"idempotency-key": str(next(_keys))}


async def bring_to(client, record: dict, state: str) -> str:
    """The record's path, and its version."""
    path = f"{PATH}/{record['id']}"
    if state == "corrected":
        answer = await client.patch(path, json={"persons": 13}, headers={"if-match": '"1"'})
        assert answer.status_code == 200, answer.text
    if state == "withdrawn":
        assert (await client.post(f"{path}/withdraw", json={"reason": "录错"})).status_code == 200
    return path
