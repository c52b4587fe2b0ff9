"""Wrong corridors, each with its sentence; programs, by hand."""

import pytest

from experiments import command
from sim import __main__ as cli
from sim.config import compose
from sim.config.problems import InputError
from sim.lifecycle import Opportunity
from sim.lifecycle import Step as Kind
from tests import corridors, small
from tests.small import constant


def told(folder, changes):
    cfg = small.config(folder) | {"corridor": corridors.write(folder, **changes)}
    with pytest.raises(InputError) as caught:
        small.checked(cfg, "port_corridor")
    return caught.value.problems


WRONG = [
    (
        {"duties.shuttle.shift": {"begin_h": 6.0, "end_h": 6.0}},
        "`corridor.duties.shuttle.shift`: it begins and ends at 6 h, so it never ends: leave the "
        "shift out for work round the clock",
    ),
    (
        {"duties.shuttle.shift": {"begin_h": 6.0, "end_h": 5.75}},
        "`corridor.duties.shuttle.shift` has 0.25 h off, less than a turn takes, 0.55 h: a truck "
        "that is under way then would never end its shift",
    ),
    (
        {"duties.shuttle.turn.2": {"pause": {"min": 5.0}}},
        "`corridor.duties.shuttle.turn` never delivers: it has no step `deliver` that is always "
        "done",
    ),
    (
        {"duties.shuttle.turn.3": {"pause": {"min": 5.0}}},
        "`corridor.duties.shuttle.turn` has no step `charge` that is always done: between others a "
        "truck would not know how far it still has to go",
    ),
    (
        {"duties.haul.turn.1.drive.km": 100.0},
        "`corridor.duties.haul`: the pack of `big` is too small, from `depot` to `depot` takes up "
        "to 166 kWh, but 300 kWh from SOC 0.5 down to `corridor.reserve_soc` = 0.1 give 120",
    ),
    (
        {"duties.haul.turn.6.between.steps.0": {
            "drive": {"km": 20.0, "kmh": 50.0, "load": "loaded"}}},
        "`corridor.duties.haul.turn.6.between` drives up to 40 kWh, more than the reserve of "
        "`big`, 30 kWh, and the next place to charge on the turn does not know of it",
    ),
    (
        {"start_soc.value": 0.1},
        "`corridor.duties.shuttle`: the first trip to charge takes up to 20 kWh, but by "
        "`corridor.start_soc` the pack of `small` may hold only 10",
    ),
    (
        {"sites.swap.swap.packs": 0},
        "`corridor.sites.swap.swap.packs` is 0, but must be from 1 to 10,000",
    ),
    (
        {"sites.swap.swap.truck": "big"},
        "`corridor.duties.shuttle.turn.3` swaps at `swap`, which has packs of `big`, not of "
        "`small`",
    ),
    (
        {"sites.swap.swap.truck": "smal"},
        "`corridor.sites.swap.swap.truck` is an unknown truck `smal`: did you mean `small`?",
    ),
    (
        {"sites.depot.kva": 110.0},
        "`corridor.sites.depot` leaves 10 kW for batteries at 8:00, less than one truck's minimum, "
        "`corridor.module_kw` = 20",
    ),
    (
        {"sites.depot.cabinets": {}},
        "`corridor.sites.depot`: it has either cabinets or a swap station: give one of them",
    ),
    (
        {"sites.depot.cabinets": {"pear": 2}},
        "`corridor.sites.depot.cabinets` is an unknown type `pear`: did you mean `pair`?",
    ),
    (
        {"sites.depot.other_load_shape": None},
        "`corridor.sites.depot`: other_load_kw is above 0, but other_load_shape says not in which "
        "hours",
    ),
    (
        {"sites.depot.other_load_shape": "days"},
        "`corridor.sites.depot.other_load_shape` is an unknown shape `days`: did you mean `day`?",
    ),
    (
        {"duties.haul.share": 0.5},
        "the shares of `corridor.duties` sum to 0.75, not to 1",
    ),
    (
        {"duties.haul.truck": "bigg"},
        "`corridor.duties.haul.truck` is an unknown truck `bigg`: did you mean `big`?",
    ),
    (
        {"duties.haul.turn.2.serve.at": "gat"},
        "`corridor.duties.haul.turn.2.serve.at` is an unknown place `gat`: did you mean `gate`?",
    ),
    (
        {"duties.haul.turn.0.charge.at": "depo"},
        "`corridor.duties.haul.turn.0.charge.at` is an unknown site `depo`: did you mean `depot`?",
    ),
    (
        {"duties.haul.turn.0": {"charg": {"at": "depot"}}},
        "unknown key `corridor.duties.haul.turn.0.charg`: did you mean "
        "`corridor.duties.haul.turn.0.charge`?",
    ),
    (
        {"duties.haul.turn.0": {"deliver": {}, "pause": {"min": 1.0}}},
        "`corridor.duties.haul.turn.0`: a step is one of drive, serve, charge, pause, until, "
        "deliver, between",
    ),
    (
        {"duties.haul.turn.6.between.to_h": 23.0},
        "`corridor.duties.haul.turn.6.between`: from_h and to_h are both 23: there is no time "
        "between",
    ),
    (
        {"duties.haul.after_shift": [{"pause": {"min": 1.0}}]},
        "`corridor.duties.haul`: it has steps after_shift, but no shift",
    ),
    (
        {"trucks.big.curve": "t30"},
        "trucks.csv has no curve `t30`: did you mean `t300`?",
    ),
    (
        {"berths.0.cranes": 4},
        "`corridor.berths` have 4 cranes at `yard`, but it has only 3 servers",
    ),
    (
        {"berths.0.place": "quay"},
        "`corridor.berths.0.place` is an unknown place `quay`: known are `gate`, `yard`",
    ),
    (
        {"names_zh": {"depo": "车场"}},
        "`corridor.names_zh` is an unknown place, site, duty or cabinet type `depo`: did you mean "
        "`depot`?",
    ),
    ({"gate": "depot"}, "`corridor.gate` is an unknown place `depot`: known are `gate`, `yard`"),
    (
        {"hub": "ghost", "sites.ghost": {"cabinets": {"pair": 1}, "kva": None, "source": "test"}},
        "`corridor.hub` is `ghost`, but no duty charges there: they do so at `depot`, `swap`",
    ),
    (
        {"gate": "shed", "places.shed": {"servers": 1, "service_min": constant(1.0),
                                         "source": "test"}},
        "`corridor.gate` is `shed`, but no duty is served there: they do so at `gate`, `yard`",
    ),
    (
        {"places.yard.service_min": constant(99_360.0)},
        "`corridor.places.yard.service_min`: draws from 99360 to 99360, but must be from 0 to "
        "1,440 minutes",
    ),
    (
        {"duties.shuttle.turn.3": {"charge": {"at": "swap", "rule": "threshold", "soc": 0.35}},
         "stop_soc": 0.4},
        "`corridor.duties.shuttle.turn.3` charges up to SOC 0.35, which is no more than "
        "`corridor.stop_soc` = 0.4, below which it stops",
    ),
    ({"hub": "depo"}, "`corridor.hub` is an unknown site `depo`: did you mean `depot`?"),
    ({"trucks_in_fleet": 0}, "`corridor.trucks_in_fleet` is 0, but must be from 1 to 100,000"),
    ({"stop_soc": 30.0}, "`corridor.stop_soc` is 30.0, but must be from 0 to 1: did you mean 0.3?"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "sentence"), WRONG, ids=[next(iter(c)) for c, _ in WRONG])
def test_a_wrong_corridor_is_told_in_one_sentence(changes, sentence, tmp_path):
    if "duties.haul.turn.1.drive.km" in changes:
        changes = changes | {"duties.haul.turn.0.charge.soc": 0.5}
    found = [text.replace(f"{tmp_path}/", "") for text in told(tmp_path, changes)]
    assert found == [sentence]


def test_the_small_corridor_is_right(tmp_path):
    cfg = small.config(tmp_path) | {"corridor": corridors.write(tmp_path)}
    assert set(small.checked(cfg, "port_corridor").case.curves) == {"t100", "t300"}


@pytest.mark.parametrize("network", ["guoyuan", "xintian", "chengyu_corridor", "land_sea_corridor"])
def test_the_published_corridors_are_right(network):
    design = ("experiment=port_corridor", f"network={network}")
    config = command.check(compose.plain(compose.config(design))).config
    assert config.experiment == "port_corridor"
    assert config.network.name == "Chongqing expressways"
    assert config.corridor is not None


def test_a_port_is_chosen_by_the_experiment_and_nothing_else():
    for overrides, name in (([], None), (["experiment=port_corridor"], "Guoyuan port")):
        plain = compose.plain(compose.config(tuple(overrides)))
        corridor = command.check(plain).config.corridor
        assert (corridor.name if corridor else None) == name


def test_a_wrong_corridor_ends_with_2_and_writes_nothing(tmp_path, capsys):
    out = tmp_path / "out"
    argv = ["experiment=port_corridor", f"out={out}", "corridor.sites.guoyuan_hub.kva=100.0"]
    assert cli.main(argv) == 2
    assert "`corridor.sites.guoyuan_hub` leaves" in capsys.readouterr().err
    assert not out.exists()


# ---- programs --------------------------------------------------------------------------------


def test_a_duty_becomes_a_program():
    shuttle, haul = corridors.corridor().programs
    assert shuttle.labels == (
        "gate", "drive", "deliver", "swap", "drive", "if", "rest", "shift", "rest",
    )  # fmt: skip
    gate, loaded, _, swap, empty, lunch, pause, shift, night = shuttle.duty.steps
    assert (gate.kind, gate.h, gate.drawn) == (Kind.SERVE, pytest.approx(0.1), False)
    assert (loaded.h, loaded.km, loaded.load, loaded.drawn) == (0.25, 10.0, 1.0, True)
    assert (empty.h, empty.load) == (0.2, 0.5)
    assert (swap.rule, swap.soc, swap.station) == (Opportunity.NEED, 0.9, 3)
    assert (lunch.kind, lunch.from_h, lunch.to_h, lunch.skip) == (Kind.SKIP, 13.0, 12.0, 1)
    assert (pause.kind, pause.h) == (Kind.PAUSE, 1.0)
    assert (shift.kind, shift.from_h, shift.to_h, shift.skip) == (Kind.SKIP, 6.0, 22.0, 1)
    assert (night.kind, night.from_h) == (Kind.UNTIL, 6.0)
    assert shuttle.drawn == ("drive", "drive")
    assert shuttle.turn_h == pytest.approx(0.55)
    assert haul.drawn == ("drive", "yard", "drive")
    assert haul.duty.steps[4].load == pytest.approx(1.1)
    assert haul.turn_h == pytest.approx(0.5 + 0.1 + 0.2 + 0.5)


def test_what_is_done_in_some_hours_only_takes_its_mean_time():
    inner = [{"drive": {"km": 5.0, "kmh": 50.0, "load": "empty"}}, {"serve": {"at": "yard"}}]
    block = {"between": {"from_h": 1.0, "to_h": 2.0, "steps": inner}}
    turn = [block, *corridors.SECTION["duties"]["haul"]["turn"]]
    haul = corridors.corridor(**{"duties.haul.turn": turn}).programs[1]
    assert [step.drawn for step in haul.duty.steps[:3]] == [False] * 3
    assert haul.drawn == ("drive", "yard", "drive")


def test_shift_offsets_move_all_hours_of_a_duty():
    programs = corridors.corridor(shift_offsets_h=[-1.0, 3.0]).programs
    assert [p.duty.name for p in programs] == ["shuttle-1h", "shuttle+3h", "haul-1h", "haul+3h"]
    early, late = programs[0].duty.steps, programs[1].duty.steps
    assert (early[5].from_h, early[5].to_h, early[8].from_h) == (12.0, 11.0, 5.0)
    assert (late[7].from_h, late[7].to_h, late[8].from_h) == (9.0, 1.0, 9.0)
    night = programs[3].duty.steps
    assert (night[6].from_h, night[6].to_h, night[8].from_h) == (7.0, 2.0, 7.0)
