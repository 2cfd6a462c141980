"""Problem documents."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class FieldError(BaseModel):
    """Something in a request that is not as described."""

    place: list[str | int] = Field(
        description="Where: `body`, `query`, `path` or `header`, and the names below it."
    )
    message: str


class Problem(BaseModel):
    """An error, as in RFC 9457."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:flowwright:problem:instance_suspended",
                "title": "The process is suspended",
                "status": 409,
                "detail": "the instance is suspended; resume it first",
                "instance": "/api/tasks/0199aa00-0000-7000-8000-000000000001.1/complete",
                "code": "instance_suspended",
                "retryable": False,
            }
        }
    )

    type: str = Field(description="`urn:flowwright:problem:` and the code.")
    title: str = Field(description="What the code means.")
    status: int = Field(ge=400, le=599, description="The HTTP status.")
    detail: str = Field(description="What is wrong here, and how to mend it.")
    instance: str = Field(description="The path that was asked.")
    code: str = Field(description="The stable code, for programs.")
    retryable: bool = Field(default=False, description="Whether the same request may succeed later.")
    context: dict[str, Any] | None = Field(default=None, description="Where or with what it happened.")
    diagnostics: list[dict[str, Any]] | None = Field(
        default=None, description="What is wrong with a definition."
    )
    errors: list[FieldError] | None = Field(default=None, description="What is wrong with the request.")
