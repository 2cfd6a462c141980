"""What is said in two places about parameters is the same in both."""

from __future__ import annotations

import inspect
from typing import Any, get_args, get_type_hints

import pytest

from flowwright import Engine, Instance, _options, sync

OPTIONS: dict[str, type] = {
    "open": _options.EngineOptions,
    "start": _options.StartOptions,
    "instances": _options.InstanceQuery,
    "count": _options.InstanceFilter,
    "tasks": _options.TaskFilter,
    "inbox": _options.InboxFilter,
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options_are_the_keywords_of_the_method_that_takes_them(name: str) -> None:
    method, options = getattr(Engine, name), OPTIONS[name]
    hints = get_type_hints(method)
    keywords = {
        parameter.name: hints[parameter.name]
        for parameter in inspect.signature(method).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    assert get_type_hints(options) == keywords
    assert not vars(options)["__required_keys__"]


def parameters(method: Any) -> dict[str, tuple[Any, Any]]:
    """Kind and type of each parameter, also of those that are handed on."""
    hints = get_type_hints(method)
    found: dict[str, tuple[Any, Any]] = {}
    for parameter in inspect.signature(method).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            (options,) = get_args(hints[parameter.name])
            found.update({name: (parameter.KEYWORD_ONLY, hint) for name, hint in get_type_hints(options).items()})
        else:
            found[parameter.name] = (parameter.kind, hints.get(parameter.name))
    return found


def defaults(method: Any) -> dict[str, Any]:
    """The default of each parameter that is not handed on."""
    listed = inspect.signature(method).parameters.values()
    return {parameter.name: parameter.default for parameter in listed if parameter.kind is not parameter.VAR_KEYWORD}


@pytest.mark.parametrize(("awaited", "blocking"), [(Engine, sync.Engine), (Instance, sync.Instance)])
def test_the_engine_without_await_takes_the_same(awaited: type, blocking: type) -> None:
    methods = inspect.getmembers(awaited, inspect.isfunction)
    public = {name: method for name, method in methods if not name.startswith("_")}
    assert public.keys() >= {"signal", "events"}
    for name, method in public.items():
        same = getattr(blocking, name)
        assert parameters(same) == parameters(method), name
        assert defaults(same).items() <= defaults(method).items(), name
