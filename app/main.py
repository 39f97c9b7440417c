"""Assembly of the HTTP program: ``create_app(settings)``."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI

from app.analysis.routes import router as analysis_router
from app.declarations.article_routes import router as article_router
from app.declarations.kiosk_routes import router as kiosk_router
from app.declarations.routes import router as declarations_router
from app.gate.desk_routes import router as desk_router
from app.gate.face_routes import router as face_router
from app.gate.goods_routes import router as goods_router
from app.gate.lane_routes import router as lane_router
from app.gate.machine_routes import router as machine_router
from app.gate.reach import install_reach
from app.gate.routes import router as gate_router
from app.identity.routes import router as identity_router
from app.kernel.admission import RateLimited
from app.kernel.http import (
    Kernel,
    RequestContext,
    expect_storable_address,
    install_problem_handlers,
)
from app.messages.answer_routes import router as answers_router
from app.messages.quality_routes import router as quality_router
from app.messages.quarantine_routes import router as quarantine_router
from app.messages.routes import router as messages_router
from app.notices.routes import router as notices_router
from app.referrals.evidence_routes import router as evidence_router
from app.referrals.hand_routes import router as hand_router
from app.referrals.live_routes import router as live_router
from app.referrals.routes import router as referrals_router
from app.referrals.views import under_examination
from app.reports.document_routes import router as documents_router
from app.reports.overview_routes import router as overview_router
from app.reports.routes import router as effectiveness_router
from app.screening.list_routes import router as list_router
from app.screening.lookout_routes import router as lookout_router
from app.screening.routes import router as screening_router
from app.screening.rule_routes import router as rule_router
from app.screening.views import withhold
from app.travel.routes import router as travel_router
from app.web.api.description import document, install_description
from app.web.api.routes import router as problems_router
from app.web.events import router as events_router
from app.web.faces import install_console, install_faces
from app.web.heads import HeadAsGet
from app.web.health import router as health_router
from app.web.hosts import OwnHost
from app.web.translation import Languages

MAX_BODY = 33 * 1024 * 1024
ROUTERS: Sequence[APIRouter] = (
    gate_router,
    lane_router,
    identity_router,
    declarations_router,
    article_router,
    kiosk_router,
    screening_router,
    rule_router,
    list_router,
    lookout_router,
    analysis_router,
    messages_router,
    answers_router,
    quarantine_router,
    quality_router,
    travel_router,
    referrals_router,
    evidence_router,
    hand_router,
    live_router,
    goods_router,
    desk_router,
    face_router,
    machine_router,
    effectiveness_router,
    documents_router,
    overview_router,
    notices_router,
)
"""Routes are compared one by one in this order: what machines ask for while a traveller waits comes first."""


def create_app(kernel: Kernel) -> FastAPI:
    """The whole program: machine API under /api/v1, health, and the faces."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        kernel.live.start()
        kernel.stream.start()
        yield
        kernel.stream.stop()
        kernel.live.stop()

    app = FastAPI(
        title="e-Gate",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json" if kernel.api_docs else None,
        dependencies=[Depends(expect_storable_address)],
    )
    app.state.kernel = kernel
    app.add_middleware(HeadAsGet)
    app.add_middleware(OwnHost)
    app.add_middleware(RateLimited)
    app.add_middleware(Languages)
    app.add_middleware(RequestContext, max_body=MAX_BODY, https=kernel.secure_cookies)
    install_problem_handlers(app)
    withhold(under_examination)
    install_reach()
    install_console(app)
    for router in ROUTERS:
        app.include_router(router, prefix="/api/v1")
    app.include_router(health_router)
    install_faces(app)
    install_description(app)
    if kernel.api_docs:
        app.include_router(problems_router)
    return app


def api_document() -> dict[str, Any]:
    """The API's description as it is served, without a running program."""
    return document([*((one, "/api/v1") for one in (*ROUTERS, events_router)), (health_router, "")])
