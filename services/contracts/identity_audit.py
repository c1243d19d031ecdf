"""What the auditor reads about identity: who did what, to which account, client or mapping, and when."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue

from services.contracts.administration import PlaceOut

# In the order in which they are offered to choose from.
KIND_NAMES: dict[str, str] = {
    "AccountCreated": "开通账号",
    "AccountRenamed": "修改姓名或岗位名称",
    "AccountDisabled": "停用账号",
    "AccountEnabled": "启用账号",
    "AccountHandedOver": "确认交接账号",
    "AccountUnlocked": "解锁账号",
    "RoleGranted": "授权",
    "GrantApproved": "批准授权",
    "GrantEndAsked": "提出结束授权",
    "GrantEndDeclined": "不同意结束授权",
    "GrantEnded": "结束授权",
    "PasswordChanged": "修改或重置密码",
    "SecondFactorEnrolled": "绑定验证器",
    "SecondFactorRemoved": "解绑验证器",
    "RecoveryCodesRenewed": "换发恢复码",
    "PersonSignedIn": "登录",
    "SignInRefused": "登录被拒",
    "SecondFactorPassed": "验证码通过",
    "SecondFactorRefused": "验证码被拒",
    "SteppedUp": "再次验证身份",
    "ProofRefused": "再次验证身份被拒",
    "PersonSignedOut": "退出登录",
    "SessionEnded": "结束他人的登录",
    "SessionsEnded": "结束他人的全部登录",
    "IdentityLinked": "关联统一身份认证",
    "MappingEntered": "录入角色映射",
    "MappingApproved": "批准角色映射",
    "MappingEnded": "停用角色映射",
    "ClientCreated": "登记对接系统",
    "ClientContactChanged": "修改对接系统联系方式",
    "ClientDisabled": "停用对接系统",
    "ClientNarrowed": "缩小对接系统的权限",
    "ClientChangeEntered": "提出变更对接系统",
    "ClientChangeApproved": "批准变更对接系统",
    "ClientChangeEnded": "结束变更对接系统",
    "ClientKeyRegistered": "登记公钥",
    "ClientKeyApproved": "批准公钥",
    "ClientKeyRetired": "停用公钥",
    "MachineTokenIssued": "签发对接令牌",
    "SecretRenewed": "换发密钥",
}


class IdentityEventOut(BaseModel):
    """`actor` did it, `subject` is whom or what it concerns; the names are those of today, and none if there is none.

    `role_name` and `places` are of the grant that it is about.
    """

    id: UUID
    at: datetime
    kind: str = Field(examples=["GrantApproved"])
    kind_name: str = Field(examples=["批准授权"])
    actor: str = Field(examples=["account:01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a12"])
    actor_name: str | None = Field(default=None, examples=["安全管理员乙（演示）"])
    actor_username: str | None = Field(default=None, examples=["security_admin_2"])
    subject: str = Field(examples=["account:01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a13"])
    subject_name: str | None = Field(default=None, examples=["历城区经办（演示）"])
    subject_username: str | None = Field(default=None, examples=["zhang.wei"])
    role_name: str | None = Field(default=None, examples=["审核人员"])
    places: list[PlaceOut] = []
    body: dict[str, JsonValue] = Field(examples=[{"reason": "调离"}])
