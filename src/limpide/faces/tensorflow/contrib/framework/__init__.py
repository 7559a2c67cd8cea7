"""tf.contrib.framework: arguments of many calls at once, variables by name."""

from __future__ import annotations

from typing import Any

from .... import missing
from ... import nest
from ...graph import GraphKeys, get_collection
from ...scopes import get_variable
from ...train.schedules import (
    assert_global_step,
    create_global_step,
    get_global_step,
    get_or_create_global_step,
)
from ...variables import Variable
from .arguments import add_arg_scope, arg_scope, arg_scoped_arguments, has_arg_scope


def variable(
    name: str, shape: Any = None, dtype: Any = None, initializer: Any = None, regularizer: Any = None,
    trainable: bool = True, collections: Any = None, **settings: Any,
) -> Any:  # fmt: skip
    """get_variable."""
    return get_variable(
        name, shape, dtype, initializer, regularizer, trainable, collections,
        caching_device=settings.get("caching_device"),
    )  # fmt: skip


def model_variable(name: str, *args: Any, **settings: Any) -> Any:
    """get_variable, in the collection of the model's variables too."""
    keys = list(settings.pop("collections", None) or [])
    keys += [GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES]
    settings["collections"] = list(dict.fromkeys(keys))
    return variable(name, *args, **settings)


def local_variable(initial_value: Any, validate_shape: bool = True, name: str | None = None) -> Any:
    return Variable(
        initial_value, trainable=False, collections=[GraphKeys.LOCAL_VARIABLES], name=name,
        validate_shape=validate_shape,
    )  # fmt: skip


def get_variables(
    scope: Any = None, suffix: str | None = None, collection: str = GraphKeys.GLOBAL_VARIABLES
) -> Any:
    """The variables of a scope."""
    name = getattr(scope, "name", scope)
    found = get_collection(collection, name)
    return [v for v in found if suffix is None or v.op.name.endswith(suffix)]


def get_trainable_variables(scope: Any = None, suffix: str | None = None) -> Any:
    return get_variables(scope, suffix, GraphKeys.TRAINABLE_VARIABLES)


def get_model_variables(scope: Any = None, suffix: str | None = None) -> Any:
    return get_variables(scope, suffix, GraphKeys.MODEL_VARIABLES)


def get_local_variables(scope: Any = None, suffix: str | None = None) -> Any:
    return get_variables(scope, suffix, GraphKeys.LOCAL_VARIABLES)


def get_variables_by_name(given_name: str, scope: Any = None) -> list[Any]:
    return [v for v in get_variables(scope) if v.op.name.rpartition("/")[2] == given_name]


def get_variables_to_restore(include: Any = None, exclude: Any = None) -> list[Any]:
    """The variables of some scopes, without those of others."""
    kept = get_variables() if include is None else [v for scope in include for v in get_variables(scope)]
    gone = {id(v) for scope in exclude or () for v in get_variables(scope)}
    return [v for v in kept if id(v) not in gone]


def get_unique_variable(var_op_name: str) -> Any:
    found = [v for v in get_variables() if v.op.name == var_op_name]
    if not found:
        raise ValueError(f"Variable {var_op_name} not found")
    return found[0]


__all__ = [
    "add_arg_scope",
    "arg_scope",
    "arg_scoped_arguments",
    "assert_global_step",
    "create_global_step",
    "get_global_step",
    "get_or_create_global_step",
    "get_local_variables",
    "get_model_variables",
    "get_trainable_variables",
    "get_unique_variable",
    "get_variables",
    "get_variables_by_name",
    "get_variables_to_restore",
    "has_arg_scope",
    "local_variable",
    "model_variable",
    "nest",
    "variable",
]
__getattr__ = missing.attributes("tensorflow.contrib.framework", globals())
