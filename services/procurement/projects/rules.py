"""The regulations on projects, as functions of plain values."""

from collections.abc import Iterable
from datetime import date

from services.contracts.procurement import PROJECT_STATE_NAMES, ProjectState
from services.contracts.registry import ORGANIZATION_KIND_NAMES, OrganizationKind
from services.kernel.errors import Conflict, Unprocessable

# Neither buyer nor provider (GPS-04). Of an institution whose class nobody has said it cannot be decided.
BARRED = frozenset({OrganizationKind.PUBLIC_INSTITUTION_CLASS1, OrganizationKind.MASS_ORGANIZATION})
UNDECIDED = OrganizationKind.PUBLIC_INSTITUTION
OPEN = frozenset({ProjectState.PLANNED, ProjectState.ACTIVE})


class MayNotTakePart(Conflict):
    english = "An organization of this kind may be neither buyer nor provider."


class SameParty(Unprocessable):
    english = "Buyer and provider are the same organization."


class WrongState(Conflict):
    english = "The project is in another state."


class StillInForce(Conflict):
    english = "A contract of the project is still in force."


class Settled(Conflict):
    english = "Buyer and provider are settled by a contract."


def check_parties(buyer: OrganizationKind, provider: OrganizationKind) -> None:
    """GPS-04, for both sides."""
    for side, kind in (("购买主体", buyer), ("承接主体", provider)):
        if kind in BARRED:
            raise MayNotTakePart(
                f"{ORGANIZATION_KIND_NAMES[kind]}不能作为{side}，请另选机构。", code="party_barred", rule="GPS-04"
            )
        if kind is UNDECIDED:
            raise MayNotTakePart(
                f"{side}是事业单位，但没有注明公益一类或二类，无法判断能否参与；请先在机构登记中补充类别。",
                code="party_undecided",
                rule="GPS-04",
            )


def check_open(state: ProjectState, doing: str) -> None:
    """What is planned or active may go on."""
    if state not in OPEN:
        raise WrongState(f"项目已{PROJECT_STATE_NAMES[state]}，不能{doing}。", code=f"project_{state.value}")


def check_active(state: ProjectState, doing: str) -> None:
    check_open(state, doing)
    if state is not ProjectState.ACTIVE:
        raise WrongState(f"项目还没有合同，不能{doing}；请先登记合同。", code="project_planned")


def check_completed(completed_on: date, ends: Iterable[date]) -> None:
    """Completed when all its contracts have run."""
    last = max(ends)
    if completed_on < last:
        raise StillInForce(f"项目的合同到 {last} 才结束，完成日期不能早于这一天；提前结束请登记终止。")
