"""Values of which a message has thousands."""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def light(cls: type[T]) -> type[T]:
    """A dataclass with slots, frozen for the type checker alone.

    A truly frozen one sets each field by `object.__setattr__`: making a person of a passenger list
    took 3.5 times as long, a fifth of the whole reading (measured). Equal and hashed by its fields.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
