"""A session that was held, a supervisor, a training base and an internship site."""

from datetime import timedelta

from services.kernel.clock import today
from tests.apps import System
from tests.browser.bought import said
from tests.browser.conftest import LICHENG


async def trained(system: System) -> None:
    district, day = await system.signed_in("district"), today() - timedelta(days=3)
    days = [{"day": str(day), "minutes": 180}, {"day": str(day + timedelta(days=1)), "minutes": 90}]
    await said(
        district, "/training/sessions", title="演示培训班", kind="lecture", organizer_name="演示协会",
        division=LICHENG, days=days, state="held",
    )  # fmt: skip
    await said(
        district, "/training/supervisors", type="external_expert", expert_name="演示专家", affiliation="演示大学",
        level="senior", fields=["老年"], term_start=str(day), division=LICHENG,
    )  # fmt: skip
    for path in ("/training/bases", "/training/sites"):
        await said(
            district, path, name="演示单位", division=LICHENG, partner_kind="university", partner_name="演示大学"
        )
