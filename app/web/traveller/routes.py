"""Addresses of the traveller's page."""

from fastapi import APIRouter

router = APIRouter(prefix="/declare", include_in_schema=False)
