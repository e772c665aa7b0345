"""`skyshade programme add`: one more claim in a ledger's file, and what it changes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from skyshade.cli._programme_flags import DEFAULT


def register(group: typer.Typer) -> None:
    """Hang the commands into the `programme` group."""
    group.command("add")(add)


def add(
    to: Annotated[
        Path | None, typer.Option(help="A file (made if needed) or the folder of a ledger.")
    ] = None,
    ledger: Annotated[
        str, typer.Option("--ledger", help="The ledger that a new file extends.")
    ] = DEFAULT,
    subject: Annotated[str | None, typer.Option(help="What it is about, e.g. regiment-5.")] = None,
    attribute: Annotated[
        str | None, typer.Option(help="What is said of it, e.g. delivered.")
    ] = None,
    value: Annotated[str | None, typer.Option(help="With its unit, e.g. '5.43 bn USD'.")] = None,
    valid: Annotated[
        str | None, typer.Option(help="The date it is about, as precise as it is known.")
    ] = None,
    stance: Annotated[
        str | None, typer.Option(help="affirms (default), denies, hedges or announces.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="A source of the ledger; or describe a new one below.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title of a new source.")] = None,
    outlet: Annotated[str | None, typer.Option(help="Its outlet.")] = None,
    date_: Annotated[str | None, typer.Option("--date", help="When it was published.")] = None,
    url: Annotated[str | None, typer.Option(help="Its address.")] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="Its kind: official, agency (any identified outlet; default), reprint or copy."
        ),
    ] = None,
    speaker: Annotated[str | None, typer.Option(help="Who said it.")] = None,
    office: Annotated[str | None, typer.Option(help="Their office.")] = None,
    side: Annotated[
        str | None, typer.Option(help="The party they speak for: seller or buyer.")
    ] = None,
    confidence: Annotated[str | None, typer.Option(help="high, medium or low.")] = None,
    note: Annotated[str | None, typer.Option(help="Anything worth saying.")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="Default: made from the content.")] = None,
) -> None:
    """Append a claim to a ledger's file and show what it changes; asks for what is missing.

    The shipped ledger is not written to: without --to the claim goes into NAME-added.yaml here,
    which extends it. The same claim again changes nothing.
    """
    from skyshade.cli._programme_ask import ask_for_claim
    from skyshade.cli._programme_reports import print_added
    from skyshade.programme import load_ledger
    from skyshade.programme.add import add_claim
    from skyshade.programme.ledger import ledger_names

    known = load_ledger(to if to is not None and to.exists() else ledger)
    given = {
        "subject": subject,
        "attribute": attribute,
        "stance": stance,
        "value": value,
        "valid": valid,
        "source": source,
        "title": title,
        "outlet": outlet,
        "date": date_,
        "kind": kind,
        "speaker": speaker,
        "office": office,
        "side": side,
        "confidence": confidence,
    }
    told = ask_for_claim(known, given)
    origin: Any = told.pop("source", None)
    described = {key: told.pop(key, None) for key in ("title", "outlet", "date", "kind")}
    if origin is None:
        origin = {key: text for key, text in {**described, "url": url}.items() if text}
    fields = told | {"id": id_, "value": _plain(told.get("value")), "source": origin, "note": note}
    if to is None:
        to = Path(f"{ledger}-added.yaml") if ledger in ledger_names() else Path(ledger)
    print_added(add_claim(to, fields, ledger))


def _plain(text: str | None) -> Any:
    """Yes and no as YAML has them."""
    return {"true": True, "yes": True, "false": False, "no": False}.get(text or "", text)
