# SPDX-License-Identifier: Apache-2.0
"""One copy with its two checks: nothing counts that was not the same slot before and after."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from moonpool.vllm.copier import Copier
from moonpool.vllm.plan import Load, Save
from moonpool.vllm.worker.slots import Piece, RankView, inside, piece


@dataclass
class Transfer:
    """A started copy. `ExitStack` holds the session's promise not to unmap until it is finished."""

    work: Load | Save
    pieces: list[Piece]
    bad_blocks: set[int]
    ticket: Any = None
    hold: ExitStack = field(default_factory=ExitStack)
    started: float = field(default_factory=time.monotonic)

    @property
    def nbytes(self) -> int:
        return sum(p.move.nbytes for p in self.pieces)

    @property
    def failed(self) -> bool:
        return bool(self.bad_blocks)


class Transfers:
    """Starts and finishes copies of one rank."""

    def __init__(self, session: Any, view: RankView, copier: Copier) -> None:
        self._session = session
        self._view = view
        self._copier = copier

    def start_load(self, load: Load) -> Transfer:
        pieces = [piece(self._view, part, writing=False) for part in load.parts]
        return self._start(load, pieces, self._copier.load)

    def start_save(self, save: Save) -> Transfer:
        return self._start(save, [piece(self._view, save.blocks, writing=True)], self._copier.save)

    def _start(self, work: Load | Save, pieces: Sequence[Piece], copy: Any) -> Transfer:
        hold = ExitStack()
        arena = hold.enter_context(self._session.copying())
        transfer = Transfer(work, list(pieces), set(), hold=hold)
        if arena is None or not inside(arena, pieces):
            transfer.bad_blocks = {int(b) for p in pieces for b in p.move.block_ids}
            transfer.pieces = []
            return transfer
        try:
            transfer.pieces = [self._checked(p, transfer) for p in pieces]
            transfer.ticket = copy(arena, [p.move for p in transfer.pieces])
        except BaseException:
            hold.close()
            raise
        return transfer

    def _checked(self, p: Piece, transfer: Transfer) -> Piece:
        sound = p.sound(self._session)
        transfer.bad_blocks |= {int(b) for b in p.move.block_ids[~sound]}
        return p.only(sound)

    def join(self, transfer: Transfer) -> None:
        """The next forward pass sees the copy."""
        if transfer.ticket is not None:
            self._copier.join(transfer.ticket)

    def done(self, transfer: Transfer) -> bool:
        return transfer.ticket is None or self._copier.done(transfer.ticket)

    def finish(self, transfer: Transfer) -> None:
        """Wait for the copy, check again, and let the session unmap."""
        if transfer.ticket is not None:
            self._copier.wait(transfer.ticket)
        for p in transfer.pieces:
            transfer.bad_blocks |= {int(b) for b in p.move.block_ids[~p.sound(self._session)]}
        transfer.hold.close()
