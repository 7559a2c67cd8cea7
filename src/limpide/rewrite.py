"""The rule engine: tables of named rules, applied inputs first, bounded, counting what fired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .graph import Node, rebuild, standing_for, walk
from .ops.loop import Body, scan_op

Fired = dict[str, int]
Pass = Callable[[Sequence[Node], Fired], list[Node]]
Rewrite = Callable[[Node], Node | None]

BUDGET = 16  # rules that may fire per node of a graph; far more than any graph needs
DEPTH = 60  # how deep rules may go into nodes that rules made


@dataclass(frozen=True)
class Rule:
    """A named function from a node to what replaces it, or None.

    lone: positions of inputs that nothing else may read, where replacing them would compute them twice.
    """

    name: str
    why: str
    rewrite: Rewrite
    lone: tuple[int, ...] = ()


class Table:
    """Rules by the name of the op that they look at.

    >>> table = Table("example")
    >>> @table.rule("negative")
    ... def double_negative(node):
    ...     '''-(-x) is x.'''
    ...     inner = node.inputs[0]
    ...     return inner.inputs[0] if inner.op.name == "negative" else None
    >>> [rule.why for rule in table.rules["negative"]]
    ['-(-x) is x.']
    """

    def __init__(self, name: str):
        self.name = name
        self.rules: dict[str, list[Rule]] = {}

    def rule(self, *ops: str, lone: tuple[int, ...] = ()) -> Callable[[Rewrite], Rewrite]:
        """Register a function as a rule for these ops; its docstring says why."""

        def register(f: Rewrite) -> Rewrite:
            rule = Rule(f.__name__, f.__doc__ or "", f, lone)
            for op in ops:
                self.rules.setdefault(op, []).append(rule)
            return f

        return register


Rules = Mapping[str, Sequence[Rule]]


def joined(*tables: Table) -> Rules:
    """The rules of several tables, in the order of the tables."""
    rules: dict[str, list[Rule]] = {}
    for table in tables:
        for op, each in table.rules.items():
            rules.setdefault(op, []).extend(each)
    return rules


def rewriting(*tables: Table) -> Pass:
    """The pass that applies the rules of some tables."""
    rules = joined(*tables)
    return lambda roots, fired: apply_rules(roots, rules, fired)


def apply_rules(roots: Sequence[Node], rules: Rules, fired: Fired) -> list[Node]:
    """The roots after every rule that matches, in the bodies of loops too."""
    return _Walk(roots, rules, fired, {}).run()


class _Walk:
    """One walk over one graph. `done` knows what became of each node, also of those that rules made."""

    def __init__(self, roots: Sequence[Node], rules: Rules, fired: Fired, bodies: dict[Body, Body]):
        self.roots = roots
        self.nodes = walk(roots)
        self.rules = rules
        self.fired = fired
        self.bodies = bodies  # what became of the bodies of loops: equal loops stay equal
        self.done: dict[Node, Node] = {}
        self.uses = Counter(i for node in self.nodes for i in node.inputs)
        self.uses.update(roots)
        self.left = BUDGET * len(self.nodes)
        self.depth = 0

    def run(self) -> list[Node]:
        for node in standing_for(self.nodes):
            self.settle(node)
        return [self.done[root] for root in self.roots]

    def settle(self, node: Node) -> Node:
        """What the node becomes: its inputs are settled first, then what a rule made of it."""
        known = self.done.get(node)
        if known is not None:
            return known
        new = rebuild(node, tuple([self.done.get(i) or self.settle(i) for i in node.inputs]))
        if new.op is scan_op:
            new = self._with_settled_body(new)
        if new is not node:
            known = self.done.get(new)
            if known is not None:
                self.done[node] = known
                self.uses[known] += self.uses[node]
                return known
            self.uses[new] = self.uses[node]
        self.done[new] = self.done[node] = new  # while its rules run: no rule goes in circles
        result = self._apply(new)
        self.done[result] = self.done[new] = self.done[node] = result
        return result

    def _apply(self, node: Node) -> Node:
        rules = self.rules.get(node.op.name)
        if rules is None or self.left <= 0 or self.depth > DEPTH:
            return node
        for rule in rules:
            if rule.lone and not self._alone(node, rule.lone):
                continue
            result = rule.rewrite(node)
            if result is None or result is node:
                continue
            self.left -= 1
            self.fired[rule.name] = self.fired.get(rule.name, 0) + 1
            self.depth += 1
            settled = self.settle(result)
            self.depth -= 1
            if settled.name is None and settled.inputs:
                settled.name = node.name
            if settled is not node:
                self.uses[settled] += self.uses[node]
            return settled
        return node

    def _alone(self, node: Node, positions: tuple[int, ...]) -> bool:
        return all(self.uses[node.inputs[i]] <= 1 for i in positions)

    def _with_settled_body(self, scan: Node) -> Node:
        body: Body = scan.attr("body")
        new = self.bodies.get(body)
        if new is None:
            outputs = tuple(_Walk(body.outputs, self.rules, self.fired, self.bodies).run())
            new = Body(body.inputs, outputs, body.carries, body.elements) if outputs != body.outputs else body
            self.bodies[body] = new
        return rebuild(scan, scan.inputs, (("body", new), ("reverse", scan.attr("reverse"))))
