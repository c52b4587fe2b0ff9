"""What makes sense: the least and the greatest of every kind of number, in one table.

Tables, configs and imports all ask here, so what an import writes a replay accepts.  What lies
outside is a slip of units (W or MW for kW, minutes for hours), or would cost time and memory that
no question is worth.
"""

from typing import NamedTuple

# By what a slip of units is off, the likeliest first: what is written times this is what was meant.
THOUSAND, SIXTY = (1000.0, 0.001), (60.0, 1 / 60)
SLIPS = {
    "kW": THOUSAND, "kVA": THOUSAND, "kWh": THOUSAND, "A": THOUSAND, "V": THOUSAND, "t": THOUSAND,
    "km": THOUSAND, "minutes": SIXTY, "hours": SIXTY, "kWh/km": (0.01, 0.001),
}  # fmt: skip


class Limits(NamedTuple):
    """From `least` to `most`, both allowed, in `unit`; what ends near 1 is a share."""

    least: float
    most: float
    unit: str = ""

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | float) and self.least <= value <= self.most

    def __str__(self) -> str:
        return f"from {self.least:,.9g} to {self.most:,.9g}{self.unit and f' {self.unit}'}"

    def meant(self, value: float) -> float | None:
        """What was probably meant by a value outside, a round number; None: no slip of units
        explains it."""
        percent = (0.01,) if self.most <= 1.5 and value >= 2.0 else ()
        guesses = (float(f"{value * slip:.9g}") for slip in SLIPS.get(self.unit, percent))
        round_ones = (guess for guess in guesses if guess == float(f"{guess:.3g}") != 0.0)
        return next((guess for guess in round_ones if guess in self), None)

    def expected(self, value: float) -> str:
        """The end of a sentence about a value outside: what it must be, and what it may mean."""
        guess = self.meant(value)
        return str(self) if guess is None else f"{self}: did you mean {guess:.9g}?"


# What an EVSE, a station and a session of a table or an import may be: as it was recorded.
EVSES = Limits(1, 10_000)  # of a station
EVSE_KW = Limits(0.1, 5_000.0, "kW")  # of an EVSE, an EV, a module; with less it takes years
SITE_KW = Limits(0.1, 1_000_000.0, "kW")  # of a cabinet or a station
EFFICIENCY = Limits(0.1, 1.0)
SOC = Limits(0.0, 1.0)
ENERGY_KWH = Limits(0.0, 10_000.0, "kWh")  # that one visit needs
BATTERY_KWH = Limits(0.1, 10_000.0, "kWh")
STAY_MIN = Limits(0.0, 100_000.0, "minutes")  # ten weeks
CLOCK_H = Limits(0.0, 1_200_000.0, "hours")  # since 1970 (until 2106), or whatever hour 0 is
CLOCK_MIN = Limits(0.0, 60.0 * CLOCK_H.most, "minutes")
WAY_KM = Limits(0.0, 20_000.0, "km")

# What may stand at a station that is planned.  Less than 1 kW is a slip of MW.
RATED_KW = Limits(1.0, 5_000.0, "kW")  # of a class of EVSEs, or of the rack of a pack
CABINET_KW = Limits(1.0, 50_000.0, "kW")  # the stack of a cabinet
CABINET_EVSES = Limits(1, 500)
NETWORK_EVSES = Limits(1, 1_000_000)
MOBILE_UNITS = Limits(1, 10_000)  # sent to all stations together
PLANNED_EVSES = Limits(1, 500)  # of a station
AMPS = Limits(5.0, 5_000.0, "A")  # the least that a plug signals is 6 A; megawatt plugs end at 3 kA
VOLTS = Limits(24.0, 2_000.0, "V")
KVA = Limits(5.0, 500_000.0, "kVA")  # from a pole in a village to a substation
CAP_KW = Limits(1.0, 500_000.0, "kW")
LOAD_KW = Limits(0.0, 500_000.0, "kW")  # that is no charging; sun
SHAPE = Limits(0.0, 100.0)  # of an hour, relative to others
POWER_FACTOR = Limits(0.5, 1.0)
LOADING = Limits(0.1, 1.5)  # of the rated kVA of a transformer
SIMULTANEITY = Limits(0.1, 1.0)
MODULE_KW = Limits(1.0, 1_000.0, "kW")
STORE_KWH = Limits(1.0, 1_000_000.0, "kWh")
STORE_KW = Limits(1.0, 500_000.0, "kW")
LINE_PLACES = Limits(-1, 1_000_000)  # -1: no limit
MTBF_H = Limits(1.0, 1_000_000.0, "hours")
MTTR_H = Limits(0.01, 8_760.0, "hours")
HANDSHAKE_MIN = Limits(0.0, 60.0, "minutes")
SESSION_MIN = Limits(1.0, 480.0, "minutes")  # that drivers expect of others, or a site allows
CROSS_MIN = Limits(0.0, 240.0, "minutes")  # to the other side of an expressway
WAIT_MIN = Limits(0.0, 720.0, "minutes")  # that drivers expect
FEW_MIN = Limits(0.1, 240.0, "minutes")  # a swap

# Vehicles and their drivers.
PACK_KWH = Limits(1.0, 5_000.0, "kWh")
CURVE_KW = Limits(0.1, 5_000.0, "kW")  # near full little flows
KWH_PER_KM = Limits(0.01, 20.0, "kWh/km")
AUX_KW = Limits(0.0, 100.0, "kW")
KMH = Limits(1.0, 200.0)
EXPONENT = Limits(0.0, 4.0)  # of the speed; drag alone grows with its square
FACTOR = Limits(0.1, 10.0)  # of a type, a terrain, a load, a grade
SPREAD = Limits(0.0, 10.0)  # of a truck or a drive about the mean
SEASON = Limits(0.3, 3.0)
SHARE = Limits(0.0, 1.0)
SOME_SHARE = Limits(0.01, 1.0)
PATIENCE_MIN = Limits(0.0, 10_080.0, "minutes")  # a week
OVERSTAY_MIN = Limits(0.0, 1_440.0, "minutes")
BALK = Limits(0.0, 1_000_000.0)  # EVs in line per EVSE; the greatest: never

# Traffic.
FIRST_DATE, LAST_DATE = "1970-01-01", "2199-12-31"
DAYS = Limits(1, 400)
VEHICLES_A_DAY = Limits(0.01, 1e8)
SCALE = Limits(0.001, 100.0)
DAY_FACTOR = Limits(0.0, 20.0)  # of a day of the calendar
VARIATION = Limits(0.0, 1.0)  # standard deviation over mean of the traffic of a day, or a period
SCENIC = Limits(0.0, 100.0)
MASS = Limits(0.0, 1e9)
DECAY_KM = Limits(1.0, 20_000.0, "km")  # of trips with their length
LINK_KM = Limits(0.001, 20_000.0, "km")
LINK_KMH = Limits(1.0, 130.0)
LAYOUT = Limits(0, 1_000_000)  # which drawing of service areas
NEVS = Limits(1.0, 1e9)
LON, LAT = Limits(-180.0, 180.0), Limits(-90.0, 90.0)
PRIORITY = Limits(-1e6, 1e6)
HOUR = Limits(0, 23)
MONTHS = Limits(0.0, 120.0)
YEARS = Limits(0.1, 100.0)

# Trucks.
TRUCKS = Limits(1, 100_000)
WARM_UP_DAYS = Limits(0, 400)
SITE_CABINETS = Limits(0, 10_000)  # of a type
SERVERS = Limits(1, 10_000)
SERVICE_MIN = Limits(0.0, 1_440.0, "minutes")  # at a place
GAP_H = Limits(0.0, 8_760.0, "hours")  # between vessels
BERTHED_H = Limits(0.01, 1_440.0, "hours")
PACKS = Limits(1, 10_000)
CARS_A_DAY = Limits(0.01, 20_000.0)  # at one site
DRIVE_KM = Limits(0.01, 5_000.0, "km")
TONNES = Limits(0.0, 1_000.0, "t")
TEU = Limits(0.0, 1_000.0)
DRIVING_H = Limits(0.1, 24.0, "hours")
REST_MIN = Limits(0.0, 1_440.0, "minutes")
PAUSE_MIN = Limits(0.1, 1_440.0, "minutes")
OFFSET_H = Limits(-12.0, 12.0, "hours")
C_RATE = Limits(0.01, 10.0)

# A region, and who lives in it.
COUNT = Limits(0, 100_000_000)
PEOPLE = Limits(1, 2_000_000_000)
OBSERVED = Limits(0.0, 1e9)  # a figure of a region
AREA_KM2 = Limits(0.01, 1_000_000.0, "km2")
DETOUR = Limits(1.0, 5.0)  # of the way over the straight line
REACH_MIN = Limits(1.0, 240.0, "minutes")
MOST_CANDIDATES = Limits(1, 12)  # stations that a driver weighs
ZONE_KM = Limits(0.0, 100.0, "km")  # across, of sites that are taken together
AROUND_KM = Limits(0.0, 20.0, "km")  # of a site: where drivers go on foot
RELATIVE = Limits(0.0, 1_000.0)  # weight of a kind among others
SOME_WEIGHT = Limits(0.001, 1_000.0)  # the same, where none would leave nobody
LOG_SD = Limits(0.0, 3.0)
KM_A_DAY = Limits(0.0, 2_000.0, "km")
CLOCK_OF_DAY_H = Limits(0.0, 24.0, "hours")
STAY_H = Limits(0.0, 24.0, "hours")
PRICE = Limits(-5.0, 20.0)  # CNY/kWh
WEEKS_DAYS = Limits(1, 28)
VALUE_CNY_H = Limits(0.1, 10_000.0)
POOL, AT_A_PLACE = Limits(1, 1_000), Limits(1, 1_000)
USUAL_KWH = Limits(1.0, 1_000.0, "kWh")  # of a session

# What is asked, and how it is run.
CNY = Limits(0.0, 1e9)  # of one item
BUDGET_CNY = Limits(1.0, 1e12)
THRESHOLD = Limits(0.001, 0.999)
CRITERION_MIN = Limits(0.1, 100_000.0, "minutes")  # the greatest: nothing fails
REPLICATIONS = Limits(2, 100_000)
HALF_WIDTH = Limits(0.001, 0.99)  # of the mean; with less no number would be enough
BUDGET_SHARE = Limits(0.001, 1.0)
SAMPLE_MIN = Limits(0.1, 1_440.0, "minutes")  # a longer one sees no day
LOST_MESSAGES = Limits(0.0, 0.99)
SESSION_KWH = Limits(0.1, 1_000.0, "kWh")  # whose price is compared
RELATIVE_COST = Limits(0.01, 100.0)
GROWTH = Limits(0.001, 10.0)
SATURATED_H = Limits(0.0, 23.0, "hours")  # of more of them a day a station is flagged
LOST_H = Limits(0.0, 24.0, "hours")
SAVING_H = Limits(0.001, 1e6, "hours")
HOLIDAYS = Limits(1, 1_000)
STATIONS = Limits(0, 100_000)
RESOLUTION = Limits(0.0, 0.2)
STEP = Limits(0.01, 10.0)
MEMORY_GB = Limits(0.1, 100_000.0)
WORKERS = Limits(0, 256)
DESIGNS = Limits(2, 10_000)  # of a sweep
DESIGN = Limits(1, DESIGNS.most)  # the number of one
ROUNDS = Limits(1, 99)
SESSIONS = Limits(1_000, 100_000_000)  # that a measurement simulates
TASK_S = Limits(0.001, 60.0, "seconds")
TOLERANCE = Limits(1e-6, 0.05)
DESIGN_POINTS = Limits(16, 65_536)  # of the space of inputs
SAMPLE = Limits(1_024, 1_048_576)  # of a prior, held in memory
KEPT_POINTS = Limits(2, 100_000)
LEVEL_SD = Limits(0.0, 1.0)

# Parameters of distributions, whatever their unit.
POSITIVE = Limits(1e-9, 1e9)
SD, SIGMA, BETA_SD = Limits(1e-9, 1e9), Limits(0.001, 10.0), Limits(0.001, 0.5)
PART = Limits(1e-6, 1.0)
