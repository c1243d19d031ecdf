"""One person entered by hand; what is found to be the same is shown on the page that follows."""

from services.contracts.people import EnterPerson
from services.contracts.registry import ID_TYPE_NAMES, IdType, PersonOut
from services.dashboard import steps
from services.dashboard.inputs import Input, Kind
from services.dashboard.same_people import called
from services.dashboard.steps import Register, Step

YES_NO = {"true": "是", "false": "否"}
ENTRY = Step(
    "登记人员",
    (
        Input("name", "姓名", hint="与证件一致；打不出的字用“？”代替，之后在“待补字”中补正"),
        Input("id_type", "证件类型", Kind.SELECT, options={kind.value: name for kind, name in ID_TYPE_NAMES.items()}),
        Input("id_number", "证件号码"),
        Input("phone", "手机", required=False),
        Input("education", "学历", required=False),
        Input("major", "专业", required=False),
        Input("employer", "工作单位", Kind.ORGANIZATION, required=False, hint="填全称或统一社会信用代码；没有的不填"),
        Input("direct_service", "直接从事社会服务", Kind.SELECT, required=False, options=YES_NO),
    ),
    EnterPerson, word="登记", done="人员已登记。", placed=True,
    begins=lambda record, today: {"id_type": IdType.RESIDENT_ID_CARD.value},
    about={
        **dict.fromkeys(("bad_id_number", "id_form", "id_birth_date", "id_check_digit"), "id_number"),
        "known_already": "id_number", "ask_city": "id_number", "no_place": "employer", "bad_name": "name",
    },
    said="证件号码已登记的，不能再登记。没有工作单位的，计入所选的区划；有工作单位的，计入单位所在的区划。",
)  # fmt: skip
PERSON = Register(
    name="人员名录", path="/people", api="/registry/people", out=PersonOut, title=called, steps={}, new=ENTRY,
    needs="registry:write",
)  # fmt: skip
router = steps.entry(PERSON)
