"""States, event kinds, outcomes, and the order of events at equal times: one table.

The numbers are used by the compiled kernels as constants, so this module holds nothing else
and imports nothing of ours.

Order at equal times
--------------------
Events that are due at the same instant happen in the order of their `Kind`, then of their
station number, then of their EV or EVSE number.  An action of a SimPy process at time *t*
precedes every model event at *t*.
"""

from enum import IntEnum


class Kind(IntEnum):
    """Kinds of model events, in their order at equal times."""

    SESSION_END = 0  # the target or the time limit of the site is reached: power off
    UNPLUG = 1  # overstay is over: the EVSE is free
    STATE = 2  # a scripted change: site cap, EVSE down, EVSE up
    POWER = 3  # handshake over, or next step of the charging curve
    PATIENCE = 4  # a waiting EV gives up
    ARRIVAL = 5  # an EV reaches a station, or a point where it looks at the queues ahead; a
    # truck comes to the next step of its duty, or to the end of a swap
    NONE = 6  # nothing is due


class Slot(IntEnum):
    """What an EVSE is doing.  Whether it is up is a separate flag."""

    FREE = 0
    HANDSHAKE = 1  # plugged in, no power yet
    CHARGING = 2  # plugged in, wants power (it may get 0 kW under a tight cap)
    OVERSTAY = 3  # plugged in, done (or being loaded: see `Step.SERVE`)
    PAIRED = 4  # its gun is the second one of the truck at another EVSE of the cabinet
    READY = 5  # rack of a swap station: holds a charged pack


class Drive(IntEnum):
    """Answers of the stop choice that are not a station ahead."""

    DONE = -1  # drives on to its destination without another stop
    STRANDED = -2  # can reach neither a station nor its destination


class Outcome(IntEnum):
    """How a visit ended.  Exhaustive: every visit has exactly one."""

    IN_SYSTEM_AT_END = 0
    SERVED = 1  # left with its target
    SERVED_PARTLY = 2  # left with some energy, short of its target
    BALKED = 3  # saw the line, gave up charging and drove on to its destination
    RENEGED = 4  # waited, lost patience, left without energy
    REROUTED = 5  # saw the line and drove on to the next station
    STRANDED = 6  # could not go anywhere


class Change(IntEnum):
    """Kinds of scripted changes."""

    CAP = 0
    EVSE_DOWN = 1
    EVSE_UP = 2


class Rule(IntEnum):
    """How a driver chooses where to stop."""

    THRESHOLD = 0
    PLAN_AHEAD = 1


class Step(IntEnum):
    """What a truck does next, in the program of its duty."""

    DRIVE = 0  # over `km` in `h` hours
    SERVE = 1  # at a gate, crane or yard: joins its line, is served for `h` hours
    CHARGE = 2  # may charge, by a rule of `Opportunity`
    PAUSE = 3  # the driver rests until the truck has stood for `h` hours
    UNTIL = 4  # until the clock shows `from_h`
    SKIP = 5  # if the clock shows `from_h` to `to_h`, the next `skip` steps are left out
    DELIVER = 6  # counts a delivery


class Opportunity(IntEnum):
    """When a truck charges at a place where its duty lets it."""

    NEED = 0  # if it would not reach the next such place with its reserve
    THRESHOLD = 1  # also if it holds no more than its `stop_kwh`
    ALWAYS = 2  # whenever something is missing


class Discipline(IntEnum):
    """Who in a line is called first; equals in order of arrival."""

    FCFS = 0
    PRIORITY = 1  # the least `priority`
    SHORTEST_NEED = 2


class Sharing(IntEnum):
    """How a station divides power among the EVs that charge."""

    MAX_MIN = 0  # fair to EVs: nobody can get more without somebody getting less who has less
    EQUAL_SHARE = 1  # each limit equally to those directly below it; what is left to the others
    FCFS = 2  # who began to charge first takes what it wants
    MODULAR = 3  # whole power modules, dealt one at a time


class Watch(IntEnum):
    """What `ChargingEnvironment.on` can wait for (bit numbers of a station's watch mask)."""

    ARRIVAL = 0
    PLUG = 1
    SESSION_END = 2
    UNPLUG = 3
    BALK = 4
    RENEGE = 5
    REROUTE = 6
    STRAND = 7
    CUT = 8
