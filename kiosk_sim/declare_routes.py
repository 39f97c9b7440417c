"""Declaring on a kiosk's own screen."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field

from app.formats.credential.claims import MAX_GOODS
from kiosk_sim.declaring import BusyError
from kiosk_sim.party import Fellow
from kiosk_sim.program import DeviceDep
from kiosk_sim.words import LANGUAGES

router = APIRouter()


@router.get("/{name}/form")
async def form(device: DeviceDep, language: Annotated[str, Query(max_length=20)]) -> dict[str, Any]:
    """What the screen asks somebody who declares here."""
    if language not in LANGUAGES:
        raise HTTPException(404)
    try:
        return await device.form(language)
    except BusyError:
        raise HTTPException(409) from None


class Line(BaseModel):
    """Goods of one kind; ``value`` in minor units."""

    category: Annotated[str, Field(max_length=40)]
    description: Annotated[str | None, Field(max_length=40)] = None
    quantity: Annotated[int, Field(ge=1, le=10**9)]
    value: Annotated[int, Field(ge=0, le=10**12)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


class Basket(BaseModel):
    """Goods whose duty is estimated for whoever declares here."""

    questionnaire: Annotated[str, Field(max_length=40)]
    language: Annotated[str, Field(max_length=20)]
    goods: Annotated[list[Line], Field(max_length=MAX_GOODS)]


class Person(BaseModel):
    """Somebody of the party, as typed: letters as the passport has them, 00 for what it leaves open."""

    surname: Annotated[str, Field(min_length=1, max_length=39)]
    given_names: Annotated[str, Field(max_length=39)] = ""
    document_number: Annotated[str | None, Field(pattern="^[A-Z0-9]{1,20}$")] = None
    birth_date: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


@router.post("/{name}/party", status_code=204)
async def join(device: DeviceDep, person: Person) -> None:
    """Somebody without a passport that the reader takes declares with the traveller."""
    await device.join(Fellow(**person.model_dump()))


@router.delete("/{name}/party/{index}", status_code=204)
async def part(device: DeviceDep, index: int) -> None:
    await device.part(index)


@router.post("/{name}/estimate")
async def estimate(device: DeviceDep, basket: Basket) -> dict[str, Any]:
    """What these goods are estimated to cost; empty where nothing can be said."""
    try:
        return await device.estimate(basket.model_dump())
    except BusyError:
        raise HTTPException(409) from None


class Answers(BaseModel):
    """What was answered and certified on the screen."""

    questionnaire: Annotated[str, Field(max_length=40)]
    language: Annotated[str, Field(max_length=20)]
    flight: Annotated[str, Field(max_length=10)]
    purpose: Annotated[str, Field(max_length=40)]
    answers: Annotated[dict[str, bool], Field(max_length=64)]
    goods: Annotated[list[Line], Field(max_length=MAX_GOODS)] = []
    bags: Annotated[int | None, Field(ge=0, le=99)] = None
    stay_nights: Annotated[int | None, Field(ge=0, le=3660)] = None
    certified: Literal[True]


@router.post("/{name}/declare", status_code=204)
async def declare(device: DeviceDep, answers: Answers) -> None:
    await device.declare(answers.model_dump())


@router.post("/{name}/not-here", status_code=204)
async def not_here(device: DeviceDep) -> None:
    """The form does not fit this traveller: somebody at the counter helps."""
    await device.declare(None)
