"""What bodies and answers of the machine API have in common."""

from pydantic import BaseModel, ConfigDict


class In(BaseModel):
    """Bodies: nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Out(BaseModel):
    """Answers: declared field by field, so nothing leaves by accident; read from the values inside."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
