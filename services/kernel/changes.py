"""What a request to change a record really changes."""

from pydantic import BaseModel

from services.kernel.errors import FieldError, Unprocessable


class MayNotBeEmpty(Unprocessable):
    english = "This field may not be empty."


def differences(row: object, order: BaseModel, *, required: frozenset[str]) -> dict[str, object]:
    """The fields that were said and differ; a required one may be left out, but not emptied."""
    said = {name: getattr(order, name) for name in order.model_fields_set}
    empty = [name for name in sorted(required) if name in said and said[name] is None]
    if empty:
        wrong = [FieldError(field=name, code="may_not_be_empty", detail="不能为空") for name in empty]
        raise MayNotBeEmpty(f"必填项不能改为空（{'、'.join(empty)}），请填写。", errors=wrong)
    return {name: value for name, value in said.items() if getattr(row, name, None) != value}
