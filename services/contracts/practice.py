"""The 17 practice fields of the policy, in its order (COV-13)."""

from enum import StrEnum


class PracticeField(StrEnum):
    PARTY_BUILDING = "party_building"
    RURAL_REVITALIZATION = "rural_revitalization"
    SOCIAL_ASSISTANCE = "social_assistance"
    POVERTY_ALLEVIATION = "poverty_alleviation"
    ELDERLY_SERVICE = "elderly_service"
    COMMUNITY_SERVICE = "community_service"
    COMMUNITY_CORRECTION = "community_correction"
    EMPLOYMENT_SERVICE = "employment_service"
    EDUCATION_TUTORING = "education_tutoring"
    HEALTH_SERVICE = "health_service"
    FAMILY_SERVICE = "family_service"
    LEGAL_AID = "legal_aid"
    RESETTLEMENT_SUPPORT = "resettlement_support"
    COMMUNITY_DRUG_REHABILITATION = "community_drug_rehabilitation"
    DISPUTE_MEDIATION = "dispute_mediation"
    SAFETY_EDUCATION = "safety_education"
    DISASTER_RELIEF = "disaster_relief"


PRACTICE_FIELD_NAMES: dict[PracticeField, str] = {
    PracticeField.PARTY_BUILDING: "基层党建",
    PracticeField.RURAL_REVITALIZATION: "乡村振兴",
    PracticeField.SOCIAL_ASSISTANCE: "社会救助",
    PracticeField.POVERTY_ALLEVIATION: "扶贫开发",
    PracticeField.ELDERLY_SERVICE: "老龄服务",
    PracticeField.COMMUNITY_SERVICE: "社区服务",
    PracticeField.COMMUNITY_CORRECTION: "社区矫正",
    PracticeField.EMPLOYMENT_SERVICE: "就业服务",
    PracticeField.EDUCATION_TUTORING: "教育辅导",
    PracticeField.HEALTH_SERVICE: "卫生服务",
    PracticeField.FAMILY_SERVICE: "家庭服务",
    PracticeField.LEGAL_AID: "法律援助",
    PracticeField.RESETTLEMENT_SUPPORT: "安置帮教",
    PracticeField.COMMUNITY_DRUG_REHABILITATION: "社区戒毒（康复）",
    PracticeField.DISPUTE_MEDIATION: "纠纷调解",
    PracticeField.SAFETY_EDUCATION: "安全科普",
    PracticeField.DISASTER_RELIEF: "灾害救助",
}
