"""The sections of a config, each looked at by itself: what is right in one is not lost with what
is wrong in another."""

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from sim.config.problems import explain
from sim.config.section import Section


def right(schema: type[Section], config: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    """The sections that are right in themselves, by key; a sentence for all that is wrong."""
    wrong: set[int | str] = set()
    try:
        schema.model_validate(config)
    except ValidationError as error:
        problems += explain(error)
        wrong = {problem["loc"][0] for problem in error.errors() if problem["loc"]}
    fields = {field.alias or name: field for name, field in schema.model_fields.items()}
    return {
        key: own.model_validate(config[key])
        for key, field in fields.items()
        if (own := schema_of(field.annotation)) and config.get(key) is not None and key not in wrong
    }


def schema_of(annotation: Any) -> type[BaseModel] | None:
    """That of a section, which may be left out."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None
