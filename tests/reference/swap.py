"""A swap station: its EVSEs are racks that charge packs, its servers are bays."""

from typing import Any

from sim.lifecycle import Slot
from tests.reference.pack import Pack
from tests.reference.station import Evse, Station


class SwapStation(Station):
    """A truck is served when a bay is free and a rack holds a charged pack.

    It has its line, and divides its power among its racks, as every station does.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.free_bays = self.given.swap.bays

    # -- what drivers see

    @property
    def servers(self) -> int:
        return self.given.swap.bays

    @property
    def ready(self) -> list[Evse]:
        return [rack for rack in self.evses if rack.state == Slot.READY]

    def is_usable(self) -> bool:
        return self.free_bays > 0 and bool(self.ready)

    # -- what trucks and packs do

    def hold(self, rack: Evse, pack: Pack) -> None:
        """The pack is charged, and waits in its rack."""
        rack.state, rack.driver = Slot.READY, pack
        self._serve()
        self._note()

    def take_back(self, rack: Evse) -> None:
        """A swap is over, and what the truck left charges."""
        rack.driver.arrive(self, rack)
        self.free_bays += 1
        self._serve()
        self._note()

    def _serve(self) -> None:
        """The head of the line goes into a bay, and its pack is the first that is charged."""
        while self.line and self.is_usable():
            driver, rack = self.line.pop(0), self.ready[0]
            self.free_bays -= 1
            rack.state = Slot.HANDSHAKE  # until the swap is over
            driver.called.succeed(rack)

    @property
    def occupied(self) -> int:
        """Racks that charge, and no bays: EVSEs are what the bins count."""
        return sum(rack.session is not None for rack in self.evses)
