"""The passes, in order: tables of rules for the engine in `limpide.rewrite`, and the tidying of loops."""

from __future__ import annotations

from ..rewrite import Pass, rewriting
from .algebra import algebra
from .fold import fold
from .fuse import fuse
from .images import images
from .loops import loops
from .pooling import pooling
from .reductions import reductions
from .stable import stable
from .views import views

tables = [fold, views, algebra, reductions, pooling, images, stable, fuse]
# Why each rule holds, by its name.
whys: dict[str, str] = {
    rule.name: rule.why for table in tables for rules in table.rules.values() for rule in rules
}

passes: list[tuple[str, Pass]] = [
    ("fold", rewriting(fold)),
    ("algebra", rewriting(fold, views, algebra, reductions, pooling, images)),
    ("loops", loops),
    ("stable", rewriting(fold, views, algebra, reductions, images, stable)),
    ("fuse", rewriting(fold, views, algebra, reductions, pooling, images, fuse)),
]
