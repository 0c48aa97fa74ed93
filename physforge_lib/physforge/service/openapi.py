"""The description of the API, with what the policy table says of each operation."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from physforge.service.policy import RULES, Rule
from physforge.service.problems import MEDIA_TYPE, Problem
from physforge.service.settings import PREFIX

_DESCRIPTION = """\
Data sets and who may use them. Every call needs a token of the hub that may access this
service, or an API key, as `Authorization: Bearer ...`; cookies are never looked at.
Every refusal has one form (`Problem`). What a caller may not see does not exist (404)."""

_BEARER = "bearer"


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of an application, made once.

    Parameters
    ----------
    app : fastapi.FastAPI
        With all its routes.

    Returns
    -------
    dict
        OpenAPI 3.1.
    """
    if app.openapi_schema is None:
        document = get_openapi(
            title="PhysForge", version=app.version, description=_DESCRIPTION, routes=app.routes, openapi_version="3.1.0"
        )
        parts = document.setdefault("components", {})
        parts["securitySchemes"] = {_BEARER: {"type": "http", "scheme": "bearer"}}
        for name in ("HTTPValidationError", "ValidationError"):
            parts.get("schemas", {}).pop(name, None)
        parts.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                rule = RULES.get((method.upper(), path.removeprefix(PREFIX)))
                if rule is not None:
                    _complete(operation, rule)
        app.openapi_schema = document
    return app.openapi_schema


def _complete(operation: dict[str, Any], rule: Rule) -> None:
    operation["security"] = [] if rule.is_open else [{_BEARER: []}]
    allowed = ", ".join(role for role in type(next(iter(rule.allowed))) if role in rule.allowed)
    operation["description"] = f"{operation.get('description', '')}\n\nFor: {allowed}.".strip()
    answers = operation["responses"]
    if not rule.is_open:
        # Whenever the hub, the store or the database does not answer.
        answers.setdefault("503", {"description": HTTPStatus(503).phrase})
    for status, answer in answers.items():
        if status.startswith(("4", "5")) and not rule.path.startswith("/health") and status != "416":
            answer["description"] = HTTPStatus(int(status)).phrase
            answer["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
