"""What bodies and answers of the machine API have in common."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from app.kernel.texts import all_storable


class In(BaseModel):
    """Bodies: nothing unknown, and no text that the database cannot hold (`bad_character`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    as_read: ClassVar[frozenset[str]] = frozenset()
    """Fields that hold what a machine has read, whatever that is: they are answered, and never stored as they are."""

    @field_validator("*")
    @classmethod
    def _can_be_kept(cls, value: Any, info: ValidationInfo) -> Any:
        if info.field_name not in cls.as_read and not all_storable(value):
            raise PydanticCustomError("bad_character", "holds a character that cannot be kept")
        return value


class Out(BaseModel):
    """Answers: declared field by field, so nothing leaves by accident; read from the values inside."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
