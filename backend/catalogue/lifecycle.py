"""The life of a draft of the catalogue. Pure table."""

from enum import StrEnum

from backend.kernel.lifecycle import Lifecycle, Move


class DraftState(StrEnum):
    OPEN = "open"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class DraftCommand(StrEnum):
    WRITE = "write"
    PUBLISH = "publish"
    DISCARD = "discard"


S, C = DraftState, DraftCommand

DRAFT = Lifecycle(
    "catalogue_draft",
    initial=S.OPEN,
    moves={
        (S.OPEN, C.WRITE): Move(S.OPEN),
        (S.OPEN, C.PUBLISH): Move(S.PUBLISHED),
        (S.OPEN, C.DISCARD): Move(S.DISCARDED),
    },
)
