"""A ledger seeded from one order in a register: every claim names the row that it comes from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from skyshade.dates import PartialDate
from skyshade.errors import InputError
from skyshade.programme.register import Order, Register
from skyshade.yamlfile import dump_yaml

# SIPRI's own words for what its trade register shows
TITLE = "Trade register"
OUTLET = "SIPRI Arms Transfers Database"


def order_to_seed(orders: Sequence[Order], system: str | None = None) -> Order:
    """The order to start a ledger from: the newest that is not complete, else the newest.

    Parameters
    ----------
    system : only orders of systems whose designation holds this text.

    Raises
    ------
    InputError : no such order.
    """
    found = [o for o in orders if system is None or system.lower() in o.designation.lower()]
    if not found:
        raise InputError(
            "no order of this system",
            field="--system",
            value=system,
            allowed=", ".join(dict.fromkeys(o.designation for o in orders)),
        )
    return max(found, key=lambda o: (not o.complete, o.ordered_in, -o.row))


def seed_ledger(register: Register, order: Order) -> str:
    """The text of a ledger of one order, with one unit for each year of delivery.

    Years are all that a register gives, so every date is a year. What it expects is a promise of
    nobody in particular, filed as the register's own.
    """
    subjects: dict[str, Any] = {}
    claims: list[dict[str, Any]] = []
    _add_order(order, register, subjects, claims)
    document = {
        "schema": "skyshade/ledger/1",
        "name": f"{_slug(order.recipient)}-{_slug(order.designation)}",
        "title": f"Purchase of {order.designation} by {order.recipient}, from a register",
        "as_of": str(register.snapshot.last),
        "programme": {
            "contract": _contract(order),
            "unit": "delivery",
            "seller": order.supplier,
            "order": {
                "buyer": order.recipient,
                "supplier": order.supplier,
                "system": order.designation,
                "ordered_in": order.ordered_in,
                "n_ordered": order.n_ordered or max(order.n_delivered, 1),
                "condition": order.condition,
            },
        },
        "subjects": subjects,
        "sources": {
            "register": {
                "title": f"{TITLE}, row {order.row}",
                "outlet": OUTLET,
                "date": str(register.snapshot),
                "kind": "agency",
                "seen": "full",
                "url": "https://armstransfers.sipri.org",
                "note": f"read from the file of version {register.version}",
            }
        },
        "claims": claims,
    }
    head = (
        f"# Seeded from a register as it stood on {register.snapshot}; years only, to be refined "
        "from reports.\n"
        "# The rows of the register are its publisher's; keep this file to yourself or ask them.\n"
    )
    return head + dump_yaml(document)


def _contract(order: Order) -> str:
    return f"order-{order.ordered_in}-{_slug(order.designation)}"[:70]


def _add_order(
    order: Order, register: Register, subjects: dict[str, Any], claims: list[dict[str, Any]]
) -> None:
    id_ = _contract(order)
    doubt = "; the register doubts the year of the order" if order.uncertain else ""
    base = {
        "source": "register",
        "confidence": "medium",
        "note": f"row {order.row}{doubt}",
    }
    subjects[id_] = {
        "kind": "contract",
        "title": f"order of {order.designation} from {order.supplier}",
    }

    def claim(subject: str, attribute: str, valid: str, **more: Any) -> None:
        name = f"{subject}-{attribute}"[:70]
        taken = sum(c["id"].startswith(name) for c in claims)
        claims.append(
            {
                "id": f"{name}-{taken + 1}" if taken else name,
                "subject": subject,
                "attribute": attribute,
                "valid": valid,
                **more,
                **base,
            }
        )

    claim(id_, "signed", str(order.ordered_in))
    if order.n_ordered:
        noun = "systems" if order.n_ordered > 1 else "system"
        claim(id_, "quantity", str(order.ordered_in), value=f"{order.n_ordered} {noun}")
    for k, year in enumerate(order.delivered_in, start=1):
        unit = f"delivery-{k}"
        subjects[unit] = {
            "kind": "unit",
            "title": f"delivery {k}",
            "order": len(subjects),
        }
        claim(unit, "delivered", str(year), value="in that year, as the register has it")
    if not order.complete and order.planned is not None:
        unit = "delivery-rest"
        subjects[unit] = {
            "kind": "unit",
            "title": "rest of the order",
            "order": len(subjects),
        }
        due = order.planned.last or order.planned.first
        if due is not None and PartialDate.parse(due).last >= register.snapshot.first:
            claim(
                unit,
                "delivered",
                str(due),
                stance="announces",
                value=f"expected {order.planned} by the register",
            )


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "order"
