"""Reading a register of orders, comparing editions, the reference class learnt from it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import yaml

from skyshade.errors import InputError
from skyshade.programme import load_ledger, resolve
from skyshade.programme.forecast import forecast
from skyshade.programme.model import RegisterOrder
from skyshade.programme.reference import (
    FILE,
    Class,
    LifeTable,
    Outside,
    Waiting,
    first_wait,
    last_wait,
    learn_reference,
    load_reference,
    u_pairs,
)
from skyshade.programme.reference_check import (
    expected_years,
    held_out_by_buyer,
    held_out_by_year,
    ranked_score,
    slips,
)
from skyshade.programme.register import Order, Planned, Register, compare, read_registers
from skyshade.programme.seed import order_to_seed, seed_ledger

TITLES = """\
"Trade register of an invented institute"
"Information generated: 18 May 2026"

"Deals with deliveries or orders made for year range 1990 to 2025"
"""
HEADER = (
    "Recipient,Supplier,Year of order,,Number ordered,,Weapon designation,Weapon description,"
    "Number delivered,,Year(s) of delivery,status,Comments,TIV per unit,TIV for total order,"
    "TIV of delivered weapons\n"
)
ROWS = """\
Freedonia,Sylvania,2018,,10,,Shield-4,SAM system,6,,2021;2022;2023,New,delivery planned 2021-2027,,,
Freedonia,Sylvania,2018,,120,?,Dart,SAM,120,,2021,New,missiles for Shield-4,1,2,3
Freedonia,Ruritania,(2009),?,2,,Pike,Mobile SAM system,2,,2012,Second hand,Köpenick refit,1,2,3
Ruritania,Sylvania,2024,?,,,Shield-4,SAM system,0,,,New,"delivery planned from 2028",1,2,3
"""


def order(
    buyer: str, year: int, delivered: tuple[int, ...], n: int = 1, supplier: str = "S"
) -> Order:
    return Order(
        buyer,
        supplier,
        "Shield-4",
        year,
        False,
        n,
        n if delivered else 0,
        delivered,
        "new",
        None,
        "",
        1,
    )


def register(*orders: Order) -> Register:
    from skyshade.dates import PartialDate

    return Register("r.csv", "v", PartialDate.parse("2026-05-18"), tuple(orders))


@pytest.fixture
def public(tmp_path: Path) -> Path:
    file = tmp_path / "trade-register.csv"
    file.write_bytes((TITLES + HEADER + ROWS).encode("latin-1", "replace"))
    return file


def test_the_public_file_as_downloaded(public: Path) -> None:
    """Title lines, Latin-1, doubts beside the figures; missiles alone are no system."""
    [found] = read_registers(public)
    assert str(found.snapshot) == "2026-05-18"
    shield, pike, late = found.orders
    assert (shield.n_ordered, shield.n_delivered, shield.delivered_in) == (
        10,
        6,
        (2021, 2022, 2023),
    )
    assert shield.planned == Planned(2021, 2027)
    assert not shield.complete
    assert (pike.ordered_in, pike.uncertain, pike.condition, pike.row) == (2009, True, "used", 8)
    assert pike.comment == "Köpenick refit"
    assert (late.n_ordered, late.planned, late.uncertain) == (None, Planned(2028, None), True)
    assert [o.ordered_in for o in found.of("freedonia")] == [2009, 2018]


def test_a_ledger_is_seeded_from_an_order(tmp_path: Path, public: Path) -> None:
    """Years as dates, the row and the file as provenance, what is expected as a promise."""
    [found] = read_registers(public)
    order = order_to_seed(found.of("Freedonia"))
    assert order.designation == "Shield-4"  # the newest under way
    file = tmp_path / "freedonia.yaml"
    file.write_text(seed_ledger(found, order))
    ledger = load_ledger(file)
    assert (ledger.setup.order, ledger.as_of) == (
        RegisterOrder("Freedonia", "Sylvania", "Shield-4", 2018, 10),
        date(2026, 5, 18),
    )
    assert all("row 6" in c.note for c in ledger.claims)
    assert found.version in ledger.sources["register"].note
    state = resolve(ledger)
    assert [str(state.happened(s.id, "delivered")) for s in ledger.of_kind("unit")] == [
        "2021",
        "2022",
        "2023",
        "None",
    ]
    [promise] = state.open_promises
    assert str(promise.due) == "2027"
    assert [r.id for r in forecast(ledger, draws=200).units] == ["delivery-rest"]
    assert order_to_seed(found.of("Freedonia"), "pike").designation == "Pike"
    with pytest.raises(InputError, match="no order of this system"):
        order_to_seed(found.of("Freedonia"), "Patriot")


def test_what_is_no_register_is_refused(tmp_path: Path, public: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no line names the columns"):
        read_registers(bad)
    bad.write_text(HEADER + ROWS)
    with pytest.raises(InputError, match="does not say when it was downloaded"):
        read_registers(bad)
    assert str(read_registers(bad, "2026-05")[0].snapshot) == "2026-05"
    bad.write_text(HEADER + ROWS.replace(",6,,2021", ",six,,2021"))
    with pytest.raises(InputError, match="not a number") as caught:
        read_registers(bad, "2026-05")
    assert (caught.value.line, caught.value.value) == (2, "six")
    with pytest.raises(InputError, match="Did you mean 'Freedonia'"):
        read_registers(public)[0].of("Fredonia")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2021-2024", 2021, 2024),
        ("2021-2025/2026", 2021, 2026),
        ("from 2026", 2026, None),
        ("by 2031 or 2034", None, 2034),
        ("2028", 2028, 2028),
    ],
)
def test_expected_years(text: str, first: int | None, last: int | None) -> None:
    assert Planned.parse(text) == Planned(first, last)


def test_two_editions_compared() -> None:
    old = register(order("A", 2018, (2021,), n=4), order("B", 2019, ()))
    new = register(order("A", 2018, (2021, 2023), n=4), order("C", 2024, ()))
    words = {(c.before or c.after).recipient: c.words for c in compare(old, new)}  # type: ignore[union-attr]
    assert words == {
        "A": "years of delivery: 2021 becomes 2021, 2023",
        "B": "gone from the later edition",
        "C": "new in the later edition",
    }
    assert compare(old, old) == ()


def test_waits_of_an_order() -> None:
    """Ordered in 2018, delivered in 2021 and 2023: waits of 3 and 2 years; censored before."""
    o = order("A", 2018, (2021, 2023), n=2)
    assert first_wait(o, 2025) == (3, True)
    assert first_wait(o, 2020) == (2, False)
    assert first_wait(o, 2017) is None
    assert last_wait(o, 2025) == (2, True)
    assert last_wait(o, 2022) == (1, False)
    assert last_wait(o, 2020) is None
    assert last_wait(order("A", 2018, (2021,), n=1), 2025) is None


def test_a_narrow_class_borrows_ten_orders() -> None:
    """Hazard of the first year: all 0 of 20 wide, 5 of 10 narrow: (5 + 10 h) / (10 + 10)."""
    wide = LifeTable.count([(1, True)] * 20).hazard
    narrow = LifeTable.count([(0, True)] * 5 + [(1, True)] * 5).within(wide)
    assert narrow[0] == pytest.approx((5 + 10 * wide[0]) / 20)
    assert wide[0] == pytest.approx(0.15 / 20.5)


def test_held_out_means_held_out() -> None:
    """A buyer whose orders all take nine years is predicted from others, who took one."""
    others = [order(f"B{i}", 2005, (2006,)) for i in range(20)]
    slow = [order("X", 2010, (2019,)) for _ in range(20)]
    trial = held_out_by_buyer(register(*others, *slow), "first")
    mine = [s.plain for s in trial.scored if s.buyer == "X"]
    assert min(mine) > 6  # nearly certain of the first or second year, and wrong for seven more
    seen = learn_reference([*others, *slow], [2019]).waiting("first", Class("new", "S"), 2019)
    assert ranked_score(seen, 9, True, 10) < min(mine) / 2


def test_the_test_by_year_knows_nothing_later() -> None:
    """What happens from the year of an order on does not change the forecast of that order."""
    early = [order(f"B{i}", 2000, (2001 + i % 3,)) for i in range(12)]
    one = register(*early, order("X", 2010, (2012,)), order("Y", 2014, (2024,)))
    two = register(*early, order("X", 2010, (2012,)), order("Y", 2014, (2015,)))
    scores = [
        next(s.nested for s in held_out_by_year(r, "first").scored if s.buyer == "X")
        for r in (one, register(*two.orders, order("Z", 2024, (2024,))))
    ]
    assert scores[0] == pytest.approx(scores[1], abs=1e-12)


def test_expected_years_against_a_later_edition() -> None:
    """Expected in 2024, still waiting at the end of 2024 and 2025: scores 2 years."""
    from dataclasses import replace

    crowd = [order(f"B{i}", 2000, (2002,)) for i in range(10)]
    waiting = replace(order("X", 2021, ()), planned=Planned(2024, None))
    old = register(*crowd, waiting, order("C", 2020, (2023,)))
    new = register(*crowd, waiting, order("C", 2020, (2023,)), order("D", 2024, (2025,)))
    found = expected_years(old, new, "first")
    assert (found.n, found.expected) == (1, 2.0)
    moved = register(*crowd, replace(waiting, planned=Planned(2027, None)))
    assert slips(old, moved) == {3: 1}


def test_the_shipped_figures_hold_no_rows() -> None:
    """Life tables by class; no buyer but those of the ledgers, which are left out of them."""
    document = yaml.safe_load(FILE.read_text("utf-8"))
    left_out = {(b, s, int(y)) for b, s, y in document["left_out"]}
    ours = {
        (o.buyer, o.system, o.ordered_in)
        for name in ("india-s400",)
        if (o := load_ledger(name).setup.order)
    }
    assert ours <= left_out
    for wait in ("first", "last"):
        for tables in document[wait].values():
            for name, table in tables.items():
                if "," in name:
                    assert sum(table["delivered"]) <= table["waiting"][0]
                    assert table["waiting"][0] >= 10 or wait == "last"
    for test in document["tests"]:
        assert test["crps_years"] < test["crps_years_plain_class"] - 2 * test["standard_error"]


def test_the_view_from_outside_uses_only_earlier_years() -> None:
    reference = load_reference()
    assert reference.known_by(date(2019, 3, 31)) == 2018
    assert reference.known_by(date(2026, 11, 21)) == 2025
    assert reference.known_by(date(2010, 1, 1)) is None
    made = forecast(load_ledger("india-s400"), date(2019, 3, 31), draws=500)
    assert made.units[0].outside is not None


def test_what_has_been_delivered_is_known_to_the_view_from_outside() -> None:
    """Nothing comes in the past, units come in order, and the last one at the end of its wait."""
    steady = Waiting.of(np.full(16, 0.3))
    view = Outside(steady, steady, signed=date(2018, 10, 5), n=5)
    u = u_pairs(2000)
    before = view.days(date(2019, 1, 1), [], u)
    assert before.shape == (2000, 5)
    assert (np.diff(before, axis=1) >= 0).all()
    assert before.min() >= 0
    first, second = date(2021, 12, 1), date(2022, 7, 1)
    after = view.days(date(2023, 1, 1), [first, second], u)
    assert after.shape == (2000, 3)
    assert after.min() >= 0
    # evenly spaced from the first delivery: the third of five comes at half of the way
    third, last = after[:, 0] + 396, after[:, 2] + 396  # days from the first delivery
    assert np.allclose(third, last / 2, atol=1.0)


def test_the_year_of_the_first_delivery_is_drawn_as_the_table_has_it() -> None:
    table = load_reference().waiting("first", Class("new", "Russia", 10), 2025)
    view = Outside(table, table, signed=date(2018, 1, 1), n=1)
    days = view.days(date(2018, 1, 1), [], u_pairs(20_000))[:, 0]
    for years in (1, 2, 3, 5):
        assert (days < years * 365.25).mean() == pytest.approx(float(table.by(years)), abs=2e-3)


def test_a_ledger_without_an_order_has_no_view_from_outside() -> None:
    from dataclasses import replace

    india = load_ledger("india-s400")
    bare = replace(india, setup=replace(india.setup, order=None, projects=None))
    made = forecast(bare, date(2022, 8, 1), draws=500)
    assert made.prior_from == ()
    assert all(r.outside is None for r in made.units)
    assert resolve(bare).units
