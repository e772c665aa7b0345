"""Reading the section `programme` of a ledger: who plays which part in it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from skyshade.catalogue.node import Node
from skyshade.dates import PartialDate
from skyshade.programme.amount import CURRENCIES
from skyshade.programme.model import Part, Projects, RegisterOrder, SanctionsCase, Setup
from skyshade.programme.reading import as_date

OPTIONAL = (
    "contract",
    "unit",
    "seller",
    "price_currency",
    "currency",
    "rate",
    "instalments",
    "cases",
    "backtest",
    "chosen_on",
    "order",
    "projects",
    "operational_after_months",
)

LONGEST_WAIT_MONTHS = 120.0  # from delivery to operation


def read_setup(node: Node, subjects: Collection[str]) -> Setup:
    """The section at a node.

    Raises
    ------
    InputError : a subject that the ledger does not have, or anything else wrong.
    """
    fields = node.fields(required=(), optional=OPTIONAL)
    texts: dict[str, Any] = {key: fields[key].text() for key in ("unit", "seller") if key in fields}
    for key in ("contract", "rate"):
        if key in fields:
            texts[key] = _subject(fields[key], subjects)
    for key in ("price_currency", "currency"):
        if key in fields:
            texts[key] = fields[key].choice("currency", CURRENCIES)
    if "operational_after_months" in fields:
        texts["operational_after_months"] = _wait(fields["operational_after_months"])
    cases = {}
    for case in fields["cases"].children() if "cases" in fields else ():
        own = case.fields(required=("subject", "title"))
        title = own["title"].text()
        cases[case.name] = SanctionsCase(case.name, _subject(own["subject"], subjects), title)
    return Setup(
        **texts,
        parts=tuple(_part(part, subjects) for part in fields["instalments"].elements())
        if "instalments" in fields
        else (),
        cases=cases,
        backtest=_days(fields["backtest"]) if "backtest" in fields else (),
        chosen_on=_days(fields["chosen_on"]) if "chosen_on" in fields else (),
        order=_order(fields["order"]) if "order" in fields else None,
        projects=_projects(fields["projects"]) if "projects" in fields else None,
    )


def _wait(node: Node) -> float:
    months = float(node.number("count"))
    if not 0 < months <= LONGEST_WAIT_MONTHS:
        raise node.error(
            "not a time", value=node.data, allowed=f"up to {LONGEST_WAIT_MONTHS:g} months"
        )
    return months


def _subject(node: Node, subjects: Collection[str]) -> str:
    name = node.text()
    if name not in subjects:
        raise node.unknown("subject", name, subjects)
    return name


def _part(node: Node, subjects: Collection[str]) -> Part:
    fields = node.fields(required=("title",), optional=("subject", "due"))
    due = None
    if "due" in fields:
        subject, _, attribute = fields["due"].text().partition(".")
        if subject not in subjects or not attribute:
            raise fields["due"].error(
                "not an event", value=fields["due"].data, allowed="SUBJECT.ATTRIBUTE"
            )
        due = (subject, attribute)
    subject = _subject(fields["subject"], subjects) if "subject" in fields else ""
    return Part(fields["title"].text(), subject, due)


def _days(node: Node) -> tuple[date, ...]:
    """Days as a list, or `{from: 2019-03-31, to: 2026-03-31, every_months: 3}`."""
    if isinstance(node.data, list):
        return tuple(as_date(day).last for day in node.elements())
    fields = node.fields(required=("from", "to", "every_months"))
    first, last = as_date(fields["from"]).last, as_date(fields["to"]).last
    step = int(fields["every_months"].number("count"))
    if not 1 <= step <= 120:
        raise fields["every_months"].error("not a step", value=step, allowed="1 to 120")
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month, step)
    days = tuple(PartialDate.of_months(m // 12, m % 12 + 1, m % 12 + 1).last for m in months)
    if not days:
        raise node.error("no day between these", allowed="'from' before 'to'")
    return days


def _order(node: Node) -> RegisterOrder:
    fields = node.fields(
        required=("buyer", "supplier", "system", "ordered_in", "n_ordered"),
        optional=("condition",),
    )
    return RegisterOrder(
        buyer=fields["buyer"].text(),
        supplier=fields["supplier"].text(),
        system=fields["system"].text(),
        ordered_in=int(fields["ordered_in"].number("count")),
        n_ordered=int(fields["n_ordered"].number("count")),
        condition=fields["condition"].choice("condition", ("new", "used"))
        if "condition" in fields
        else "new",
    )


def _projects(node: Node) -> Projects:
    fields = node.fields(required=("n", "on_time", "twice_as_long"), optional=("source",))
    n, on_time, twice = (
        int(fields[key].number("count")) for key in ("n", "on_time", "twice_as_long")
    )
    if not (on_time > 0 and twice > 0 and on_time + twice < n):
        raise node.error(
            "not an audit of projects", value=node.data, allowed="on_time + twice_as_long < n"
        )
    return Projects(n, on_time, twice)
