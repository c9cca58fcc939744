"""Old words for what was done, turned into the present ones: work of an app that nobody updated counts all the same.

A mutation is sealed and stored as it came. What is turned is a copy, for deciding; each step leads from one schema to
the next, so that a change of the words needs one entry, whatever is still on the phones.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from msgspec.structs import replace

from sync.protocol import SCHEMA, JsonObject, Mutation

Upcaster: TypeAlias = Callable[[JsonObject], tuple[str, JsonObject]]
"""Arguments in one schema -> operation and arguments in the next. Total: what it cannot read it leaves for the decoder
to refuse, and it never changes what it is given."""

UPCASTERS: Final[Mapping[tuple[str, int], Upcaster]] = {}
"""(operation, schema) -> how the next schema says it; what did not change is left out. An entry stays for as long as
pushes of its schema are taken: at least twelve months."""


def present(
    mutation: Mutation,
    schema: int,
    *,
    upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
    newest: int = SCHEMA,
) -> Mutation:
    """Return what was done in the words of the newest schema.

    schema: of the push that brought it; a newer one than ours stays as it is. The seal is of the original.
    """
    op, args = mutation.op, mutation.args
    for step in range(schema, newest):
        if (op, step) in upcasters:
            op, args = upcasters[op, step](args)
    return mutation if op == mutation.op and args is mutation.args else replace(mutation, op=op, args=args)
