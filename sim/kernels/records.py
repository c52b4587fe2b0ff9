"""The state of a replication: a few arrays that kernels read and write in place.

Fields of a record are (by `np.record`) attributes with or without a compiler.  Units ride in the
names; times are whole nanoseconds since the start of the run (`clock.NEVER` where none will come,
`clock.UNKNOWN` where none came) but in finished rows of visits, which have hours; energies are kWh
in the battery, powers are kW at the battery unless a name says `grid`.

What was drawn for an EV is never written, and its fields are as narrow as they may be.  While it is
in the model it has a row of `drivers`, which another one takes when it has left.  What the loops
over a station's EVSEs read lies in columns of their own, so that they run straight through memory;
where they begin and end has no sign (`u4`), so that nobody has to ask whether it counts from the
end.
"""

from typing import Annotated, Any, NamedTuple, get_type_hints

import numpy as np

f8, i8, i4, i1, u4 = np.float64, np.int64, np.int32, np.int8, np.uint32


def _record(*fields: tuple[str, type]) -> np.dtype:
    return np.dtype((np.record, np.dtype(list(fields), align=True)))


STATION = _record(
    # input
    ("slot_start", u4), ("slot_end", u4),
    ("cabinet_start", u4), ("cabinet_end", u4),
    ("grid_cap_kw", f8),  # site cap, grid side, after other load; inf = none
    ("efficiency", f8),  # battery kWh per grid kWh
    ("discipline", i8), ("sharing", i8), ("module_kw", f8),
    ("line_places", i8),  # places to wait; -1 = no limit
    ("handshake_ns", i8),
    ("soc_cap", f8),  # site rule: no charging above; 1 = no rule
    ("session_limit_ns", i8),  # site rule: power off so long after power on
    ("service_h", f8),  # what a driver who sees the line expects a session to last
    ("expected_wait_h", f8),  # what a driver who sees nothing expects to wait
    ("script_next", i8), ("script_end", i8),
    ("servers", i8),  # EVSEs, or bays of a swap station
    ("bays", i8), ("swap_ns", i8),  # 0 bays: no swap station
    ("swap_kwh", f8),  # packs are charged up to here; inf where nothing is swapped
    ("opposite", i8),  # station that EVs are guided to where they wait less there; -1 = none
    ("cross_h", f8), ("cross_ns", i8),  # it takes so long to get there
    ("tariff", i8),  # what it charges; -1 = nothing
    # state
    ("next_ns", i8), ("next_kind", i8), ("next_who", i8),  # who: slot, or driver for PATIENCE
    ("line_head", i8), ("line_tail", i8), ("line_count", i8),
    ("patience_ns", i8), ("patience_who", i8),  # the first in line to lose patience
    ("occupied", i8), ("up", i8), ("free", i8), ("charging", i8),  # free: up and unoccupied, or
    # how many swaps could begin at once
    ("busy_end", u4),  # slots from here to `slot_end` are free: nobody need look at them
    ("power_kw", f8), ("wanted_kw", f8),
    ("excess_kw", f8),  # the most that `power_kw` was ever above its limit; at most 0
    ("since_ns", i8), ("bin", i8),  # integrals are complete up to here, which is in this bin
    ("changed", i8),  # it has to settle before the next event, and then this one; -1 = then nobody
    ("shares", i8),  # ... and to share its power again
    ("watch", i8),
    ("swaps", i8), ("ready", i8),  # bays that are taken, racks with a charged pack
)  # fmt: skip

CABINET = _record(
    ("slot_start", u4), ("slot_end", u4), ("kw", f8),
    ("peak_kw", f8),  # the most that it ever gave
)  # fmt: skip

SLOT = _record(  # the rest of it are columns of the world
    # input
    ("station", i8), ("cabinet", i8), ("evse_class", i8), ("up", i8),
    # state
    ("state", i8), ("driver", i8),
    ("partner", i8),  # the other EVSE of a truck with two guns, each of each other; -1 = none
    ("step", i8), ("step_end", i8),
    ("goal_kwh", f8), ("limit_ns", i8),  # whichever comes first ends the session
    ("ev_kw", f8),
    ("peak_kw", f8),  # the most that it ever gave
    ("plug_ns", i8), ("on_ns", i8),  # plugged in, power on since
)  # fmt: skip

DRAWN = (  # of an EV
    ("entry_ns", i8), ("entry_kwh", f8),
    ("kwh_per_km", f8),
    ("target_kwh", f8),  # charges up to here
    ("stop_kwh", f8),  # threshold rule: stops at the first station reached with no more
    ("reserve_kwh", f8),  # never plans to arrive anywhere with less
    ("dest_kwh", f8),  # wants at least this at its destination
    ("patience_ns", i8), ("overstay_ns", i8),
    ("ev_kw", f8),  # takes no more than this; inf = what its curve says
    ("priority", f8),  # the least is called first, where a station's discipline asks for it
    ("deadline_ns", i8),  # leaves then, whatever is not done
    ("balk_per_evse", f8),  # joins only a line shorter than this times the EVSEs
    ("aux_kw", f8),  # taken from the battery while it waits in a line
    ("route", i4),  # -1 = no journey: it turns up at `place` at `entry_ns`
    ("place", i4),  # station of an EV without a route
    ("vehicle", i4),
    ("duty", i4),  # program of a truck; -1 = none
    ("first", i4),  # step it begins with
    ("draw_start", i4), ("draw_end", i4),  # its part of the random factors
    ("rack", i4),  # of a pack: EVSE of the swap station `place`; -1 = no pack
    ("diary", i4),  # what it does from stay to stay; -1 = none
    ("rule", i1), ("informed", i1),
    ("logged", i1),  # its steps are written to the log
)  # fmt: skip
EV = _record(*DRAWN)
DRIVER = _record(  # an EV that is in the model
    *DRAWN,  # a truck's place, target and overstay change with every step; with every stay of a
    # diary place, patience and all that says how long it is there
    ("ev", i8),
    ("kwh", f8),
    ("fuel_kwh", f8),  # what a hybrid drove on fuel since its last visit, as battery energy
    ("pos", i8),  # stop along the route it is at, was at last or drives to; their number at its
    # destination; of a truck: step of its visit; with a diary: candidate, -1 = none
    ("looking", i8),
    ("due_ns", i8),  # next arrival; while in line: when patience ends
    ("beside_ns", f8),  # of the next arrival: see `CLOCK`
    ("ahead", i8), ("behind", i8),  # neighbors in line; behind: next free row
    ("line_since_ns", i8),
    ("key", f8),  # place in line: the least first; -inf after a cut
    ("rerouted_from", i8),
    ("side", i8),  # station on the other side that it was guided to from its stop; -1 = none
    # of a truck
    ("step", i8),  # the next one of the program (its row)
    ("driven_ns", i8),  # since its last rest
    ("stopped_ns", i8),  # when its last drive ends
    ("draw_next", i8),
    ("turns", i8),  # deliveries; with a diary, stays that it has left
    ("swapping", i8),  # slot of the pack that it is getting; -1 = none
    ("counted_ns", i8), ("count", i8),  # steps that it executed at that instant
    # with a diary
    ("stay", i8),  # where it is or comes to (row of `stays`)
    ("staying", i8),  # it is there
    ("until", i8),  # stay at which it next does something: it is at one between, without an event
    ("leaves_ns", i8),  # when it leaves `stay`, if that is before `until`
    ("hop", i8),  # stations that it looked at before this one; -1 = it is not out to charge
    ("tried", i8),  # candidates that it has been to: their bits
)  # fmt: skip

VISITING = _record(  # the visit of a driver, so far
    ("row", i8),  # in `visits`, where it will stand; -1 = none
    ("station", i8),
    ("slot", i8), ("partner", i8),
    ("arrival_ns", i8), ("plug_ns", i8), ("charge_end_ns", i8), ("unplug_ns", i8),
    ("wait_ns", i8), ("charge_ns", i8), ("occupied_ns", i8), ("evse_ns", i8),
    ("arrival_kwh", f8), ("need_kwh", f8), ("aux_kwh", f8), ("fuel_kwh", f8),
    ("outcome", i8), ("rerouted_from", i8), ("cuts", i8),
    ("fee_cny", f8),
)  # fmt: skip

VISIT = _record(  # written when it is over
    ("arrival_h", f8), ("plug_h", f8), ("charge_end_h", f8), ("unplug_h", f8), ("leave_h", f8),
    ("wait_h", f8), ("charge_h", f8), ("occupied_h", f8),
    ("evse_h", f8),  # time at EVSEs: twice with two guns
    ("arrival_kwh", f8), ("leave_kwh", f8), ("need_kwh", f8),
    ("aux_kwh", f8),  # taken while waiting: energy gained = leave - arrival + aux
    ("fuel_kwh", f8),  # driven on fuel since the visit before, or since it entered
    ("ev", i4), ("station", i4),
    ("slot", i4), ("partner", i4),  # EVSE of its last stay, and the second one of two guns
    ("rerouted_from", i4),
    ("cuts", i4),
    ("vehicle", i4), ("outcome", i4),
)  # fmt: skip

END = _record(  # what became of an EV: as it left the model, or where it is at the end of the run
    ("kwh", f8), ("fuel_kwh", f8), ("pos", i4), ("turns", i4),
)  # fmt: skip

STAY = _record(  # at an EVSE, ended by a failure: the visit goes on in line
    ("row", i8), ("slot", i8), ("partner", i8),
    ("plug_ns", i8), ("on_ns", i8), ("end_ns", i8),  # on: `end_ns` where no power came
    ("kwh", f8),
)  # fmt: skip

BIN = _record(  # integrals over time, in hours
    ("queue_h", f8), ("queue_max", f8),
    ("occupied_h", f8), ("charging_h", f8), ("up_h", f8),
    ("energy_kwh", f8), ("power_max_kw", f8), ("curtailed_kwh", f8),
    ("arrivals", f8), ("balked", f8), ("reneged", f8), ("rerouted", f8),
)  # fmt: skip

ROUTE = _record(("start", i8), ("end", i8), ("km", f8))
STOP = _record(("station", i8), ("km", f8), ("drive_ns", i8))  # from the start of the route
PROFILE = _record(("start", i8), ("end", i8), ("limit_kw", f8))  # a curve behind one EVSE class
STEP = _record(("end_kwh", f8), ("kw", f8))
DUTY = _record(("start", i8), ("end", i8), ("drive_limit_ns", i8), ("rest_ns", i8))
PROGRAM = _record(  # steps of all duties
    ("kind", i8),
    ("lasts_ns", i8),
    ("load_km", f8),  # km x load
    ("ahead_km", f8),  # of a CHARGE: km x load up to the next one
    ("drawn", i8), ("station", i8), ("rule", i8), ("soc", f8),
    ("from_ns", i8), ("to_ns", i8), ("skip", i8),
)  # fmt: skip
DIARY = _record(
    ("start", i4), ("end", i4),
    ("cny_per_h", f8),  # value of time; inf = whatever it costs
    ("taste_h", f8),  # by so much at most it likes a station less than others that are alike
    ("taste", i8),  # which ones, see `errand.dislike`
)  # fmt: skip
SOJOURN = _record(  # stays of all diaries
    ("arrive_ns", i8), ("leave_ns", i8),
    ("used_kwh", f8),  # on the way to the next one
    ("place", i4),  # station where it may plug in; -1 = none
    ("zone", i4),  # where it looks for a station when it has to; -1 = nowhere
)  # fmt: skip
ZONE = _record(("start", i8), ("end", i8), ("hops", i8))  # its candidates, the first of its hops
CANDIDATE = _record(("station", i8), ("km", f8), ("there_ns", i8), ("back_ns", i8))
HOP = _record(("km", f8), ("drive_ns", i8))  # from one candidate of a zone to another one
LOG = _record(("ev", i8), ("step", i8), ("time_ns", i8))
SCRIPT = _record(("time_ns", i8), ("kind", i8), ("slot", i8), ("kw", f8))
HIT = _record(("what", i8), ("station", i8), ("ev", i8), ("slot", i8))

DUE = _record(  # an EV on its way, in the order in which EVs arrive
    ("due_ns", i8), ("ev", i4),
    ("who", i4),  # its driver; of one that has yet to arrive for the first time, its first stop
)  # fmt: skip
QUEUE = _record(("next", i8), ("end", i8))  # of a station by itself: its part of `turns`
MATCH = _record(  # winner of a match between stations
    ("due_ns", i8), ("order", i8),  # its `next_kind` and number, see `calendar.rank`
)  # fmt: skip

CLOCK = _record(
    ("now_ns", i8),
    # What is computed is rounded to a whole nanosecond, and happens then.  The computed instant of
    # this event lies so far beside it (at most half of one), and what the event sets off counts
    # from there: else roundings would add up, and what ties on paper would not tie in the run.
    ("beside_ns", f8),
    ("stream_next", i8),  # into the EVs in order of first arrival
    ("driving", i8),  # entries of the heap of EVs under way
    ("drivers", i8), ("vacant", i8),  # rows ever taken, the first one that is free again (-1: none)
    ("rows", i8), ("hits", i8),
    ("bin_ns", i8), ("bins", i8),
    ("events", i8),  # model events so far
    ("passed", i8), ("arrived", i8), ("stranded", i8),  # EVs that are out of the model
    ("logs", i8), ("cuts", i8),
    ("uncoupled", i8), ("apart", i8), ("here", i8), ("last_ns", i8),  # see `apart`
    ("parted", i8),  # so often did stations run one by one
    ("room", i8),  # the most rows of visits, and of the log, that one event can write
    ("changed", i8),  # the first station that has to settle; -1 = none
    ("leaving", i8), ("leg", i8),  # driver that leaves before this event is over (-1 = none): where
)  # fmt: skip


class World(NamedTuple):
    """All arrays of one replication, so that kernels pass one name instead of twenty.

    This is the one table of them: what their rows are, and 2 where they have two dimensions.  The
    address book and the way back from it follow.
    """

    clock: Annotated[np.ndarray, CLOCK]  # [1]
    stations: Annotated[np.ndarray, STATION]  # [stations]
    cabinets: Annotated[np.ndarray, CABINET]  # [cabinets]
    slots: Annotated[np.ndarray, SLOT]  # [EVSEs of all stations, cabinet by cabinet]
    # columns of slots
    next_ns: Annotated[np.ndarray, i8]
    next_kind: Annotated[np.ndarray, i8]
    reached: Annotated[np.ndarray, i8]  # it will end at its goal
    wanted_kw: Annotated[np.ndarray, f8]
    share_kw: Annotated[np.ndarray, f8]  # of that, by the station's rule
    kw: Annotated[np.ndarray, f8]  # what it gives
    kwh: Annotated[np.ndarray, f8]  # what the battery held at `since_ns`; it gains `kw` since
    since_ns: Annotated[np.ndarray, i8]
    beside_ns: Annotated[np.ndarray, f8]  # ... or rather at `since_ns` plus this: see `CLOCK`
    edge_kwh: Annotated[np.ndarray, f8]  # end of the curve's present step, or the goal before it
    edge_kind: Annotated[np.ndarray, i8]  # what happens there
    # EVs
    evs: Annotated[np.ndarray, EV]  # [EVs]
    ends: Annotated[np.ndarray, END]  # [EVs]
    drivers: Annotated[np.ndarray, DRIVER]  # [room for rows]
    visiting: Annotated[np.ndarray, VISITING]  # [as drivers]
    visits: Annotated[np.ndarray, VISIT]  # [room for rows]
    stream: Annotated[np.ndarray, DUE]  # EVs in order of their first arrival
    heap: Annotated[np.ndarray, DUE]  # [as drivers]: those under way
    queue: Annotated[np.ndarray, QUEUE]  # [stations]
    turns: Annotated[np.ndarray, DUE]  # [EVs]: the stream by station; who: its number there
    tree: Annotated[np.ndarray, MATCH]  # tournament over stations
    bins: Annotated[np.ndarray, BIN, 2]  # [stations, bins]
    battery_kwh: Annotated[np.ndarray, f8]  # [vehicles]
    profiles: Annotated[np.ndarray, PROFILE, 2]  # [vehicles, EVSE classes]
    steps: Annotated[np.ndarray, STEP]
    fastest: Annotated[np.ndarray, i8, 2]  # [stations, vehicles]: EVSE class of greatest limit
    routes: Annotated[np.ndarray, ROUTE]
    stops: Annotated[np.ndarray, STOP]
    script: Annotated[np.ndarray, SCRIPT]  # by station, then time
    hits: Annotated[np.ndarray, HIT]  # [64]: watched events of this instant
    scratch: Annotated[np.ndarray, f8, 2]  # [3, most EVSEs or cabinets of a station]
    guns: Annotated[np.ndarray, i8]  # [vehicles]
    hybrid: Annotated[np.ndarray, i8]  # [vehicles]
    double: Annotated[np.ndarray, i8]  # [EVSE classes]: class of two such EVSEs together
    duties: Annotated[np.ndarray, DUTY]
    program: Annotated[np.ndarray, PROGRAM]  # duty by duty
    factors: Annotated[np.ndarray, f8]  # random factors of drawn steps
    deliveries: Annotated[np.ndarray, f8, 2]  # [duties, bins]
    log: Annotated[np.ndarray, LOG]  # [room for rows]
    cuts: Annotated[np.ndarray, STAY]  # [room for rows]
    # diaries
    diaries: Annotated[np.ndarray, DIARY]
    stays: Annotated[np.ndarray, SOJOURN]  # diary by diary
    of_stay: Annotated[np.ndarray, i4]  # [as visits]: row of `stays`; none where nobody has any
    hop: Annotated[np.ndarray, i4]  # [as visits]: of the driver; none where nobody has a diary
    zones: Annotated[np.ndarray, ZONE]
    candidates: Annotated[np.ndarray, CANDIDATE]  # zone by zone
    hops: Annotated[np.ndarray, HOP]  # zone by zone, from each candidate to each
    waits: Annotated[np.ndarray, f8, 2]  # [stations, hours]: what drivers expect who see nothing
    # money
    prices: Annotated[np.ndarray, f8, 2]  # [tariffs, hours of the week]
    fees: Annotated[np.ndarray, f8]  # [as visits]; none where nobody charges


def _layout(annotation: Any) -> tuple[Any, int]:
    dtype, *dimensions = annotation.__metadata__
    return dtype, dimensions[0] if dimensions else 1


# Columns of slots.
OF_SLOTS = (
    "next_ns", "next_kind", "reached", "wanted_kw", "share_kw", "kw", "kwh", "since_ns",
    "beside_ns", "edge_kwh", "edge_kind",
)  # fmt: skip
# What the end of a run writes to, but for finished rows: whoever goes on needs another one.
FINISHED = (
    "clock", "stations", "cabinets", "slots", *OF_SLOTS, "drivers", "visiting", "bins",
    "deliveries",
)  # fmt: skip

# Rows that a ledger holds as they are.
LENT = ("visits", "of_stay", "hop", "fees", "ends")

# Name of each array of a world, in order -> (dtype, how many dimensions).
ARRAYS = {
    name: _layout(annotation)
    for name, annotation in get_type_hints(World, include_extras=True).items()
}


def address_book(world: World) -> np.ndarray:
    """Where the arrays of a world lie and how long they are: (address, length, width) each.

    Valid as long as `world` is alive.  Handing this one array to a kernel costs a tenth of handing
    over twenty, which counts when a SimPy process ticks every simulated minute.
    """
    return np.array([(a.ctypes.data, len(a), a.size // max(1, len(a))) for a in world], i8)
