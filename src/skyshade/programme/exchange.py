"""A ledger as a Frictionless data package and back: CSV tables, their schema, nothing lost.

The package is a folder: `datapackage.json` describes the tables (types, keys, what each column
means); `claims.csv`, `sources.csv`, `subjects.csv`, `attributes.csv` and `contradictions.csv` hold
them; `prov.json` says what was derived from what, and holds the whole ledger once more
(:mod:`skyshade.programme.provenance`). Dates keep the precision with which they were written;
beside each stand the first and the last day that it allows, and beside each amount its number and
unit, for readers that know nothing of ledgers.

References
----------
Frictionless Data, Data Package and Table Schema, version 1.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from skyshade.errors import InputError
from skyshade.files import FORMULA, check_finished
from skyshade.programme.amount import Amount
from skyshade.programme.ledger import SCHEMA, load_files, vocabulary
from skyshade.programme.model import Claim, Contradiction, Ledger, LedgerSource, Setup, Subject
from skyshade.programme.reading import Dated
from skyshade.yamlfile import dump_yaml, load_json, read_text

SHIELDED = (*FORMULA, "'")  # a text that begins so gets an apostrophe in front
MOST_ROWS = 100_000  # of one table of a package
Row = dict[str, Any]

# the first line of a claim or contradiction, or of a subject or source, in a dumped ledger
_ITEM = re.compile(r"- id: (\S+)$|  ([a-z0-9][a-z0-9_.-]*):$")

_TEXT = "string"
# columns: name -> (type, what it holds); a list or a text that changes over time is JSON in a cell
COLUMNS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "claims": {
        "id": (_TEXT, "identifier"),
        "subject": (_TEXT, "what it is about"),
        "attribute": (_TEXT, "what is claimed of it"),
        "value": (_TEXT, "its value as the ledger writes it; true or false for yes and no"),
        "number": ("number", "the number of an amount"),
        "unit": (_TEXT, "its unit: a currency, %, or what is counted"),
        "stance": (_TEXT, "affirms, denies, hedges or announces"),
        "valid": (_TEXT, "when it is true, as precisely as it was said"),
        "valid_first": ("date", "first day that this allows"),
        "valid_last": ("date", "last day that this allows"),
        "said": (_TEXT, "when it was said, if before it was published"),
        "reported": (_TEXT, "when it was published"),
        "reported_first": ("date", "first day that this allows"),
        "reported_last": ("date", "last day that this allows"),
        "source": (_TEXT, "where it was read"),
        "also": ("array", "further sources that carry it"),
        "speaker": (_TEXT, "who said it"),
        "office": (_TEXT, "the speaker's office"),
        "side": (_TEXT, "the party of the deal for which the speaker speaks"),
        "authority": (_TEXT, "rank of the source that carries it"),
        "evidence": (_TEXT, "seen, secondary or memory"),
        "confidence": (_TEXT, "high, medium or low"),
        "supersedes": ("array", "claims that it replaces"),
        "note": (_TEXT, "anything worth saying"),
        "note_since": ("date", "the day from which the note may be shown"),
    },
    "sources": {
        "id": (_TEXT, "identifier"),
        "title": (_TEXT, "title"),
        "outlet": (_TEXT, "who published it"),
        "kind": (_TEXT, "official, agency, reprint, copy, inference or memory"),
        "date": (_TEXT, "when it was published"),
        "inferred": ("boolean", "true if the publication does not date itself"),
        "seen": (_TEXT, "how much of it was read: full, excerpt, secondary or no"),
        "url": (_TEXT, "address"),
        "note": (_TEXT, "anything worth saying"),
    },
    "subjects": {
        "id": (_TEXT, "identifier"),
        "kind": (_TEXT, "kind of subject"),
        "title": (_TEXT, "title"),
        "order": ("integer", "position among those of its kind"),
        "note": (_TEXT, "anything worth saying"),
    },
    "attributes": {
        "id": (_TEXT, "identifier"),
        "title": (_TEXT, "title"),
        "kind": (_TEXT, "how claims about it are settled: event, fact, state, target, statement"),
        "measure": (_TEXT, "what its value is"),
    },
    "contradictions": {
        "id": (_TEXT, "identifier"),
        "topic": (_TEXT, "what is contradictory"),
        "claims": ("array", "the claims in it"),
        "sources": ("array", "the sources in it"),
        "accepts": ("array", "the claims that the reading settles on"),
        "reading": ("array", "how to read it: versions with the day from which each holds"),
        "since": ("date", "the day from which the reading could be made"),
        "confidence": (_TEXT, "high, medium or low"),
    },
}
_KEYS = {
    "claims": [
        ("subject", "subjects", "id"),
        ("attribute", "attributes", "id"),
        ("source", "sources", "id"),
    ]
}


def package_files(ledger: Ledger) -> dict[str, str]:
    """The files of the data package of a ledger: name to text. Same ledger, same bytes."""
    tables = {
        "claims": [claim_row(c) for c in ledger.claims],
        "sources": [source_row(s) for s in ledger.sources.values()],
        "subjects": [subject_row(s) for s in ledger.subjects.values()],
        "attributes": [
            {"id": a.name, "title": a.title, "kind": a.kind, "measure": a.measure}
            for a in ledger.attributes.values()
        ],
        "contradictions": [contradiction_row(c) for c in ledger.contradictions],
    }
    files = {f"{name}.csv": _csv(name, rows) for name, rows in tables.items()}
    document = {
        "profile": "tabular-data-package",
        "name": ledger.name,
        "title": ledger.title,
        "description": "Claims of a ledger: dated statements with their sources.",
        "version": ledger.version,
        "resources": [_resource(name) for name in tables],
        "ledger": {
            "schema": SCHEMA,
            "as_of": ledger.as_of.isoformat(),
            "programme": setup_fields(ledger.setup),
        },
    }
    files["datapackage.json"] = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return files


def read_package(folder: str | Path) -> Ledger:
    """The ledger of a data package; it keeps every rule of a ledger file.

    Raises
    ------
    InputError : not a package of a ledger, or a rule of the format is broken.
    """
    return checked_ledger(package_as_yaml(folder), folder)


def checked_ledger(text: str, origin: str | Path) -> Ledger:
    """The ledger of a text in YAML; complaints name the file or folder that it was made from.

    Raises
    ------
    InputError : a rule of the format is broken; names the claim, source or subject.
    """
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "ledger.yaml"
        file.write_text(text, "utf-8")
        try:
            return load_files([file])
        except InputError as error:
            hints = [f"It stands in {item}." if (item := _item_at(text, error.line)) else ""]
            if error.hint and str(file) not in error.hint:
                hints.append(error.hint)
            raise InputError(
                error.problem,
                file=origin,
                field=error.field,
                value=error.value,
                allowed=error.allowed,
                hint=" ".join(filter(None, hints)) or None,
            ) from None


def _item_at(text: str, line: int | None) -> str:
    """The identifier of what stands at a line of a ledger file that `dump_yaml` laid out."""
    found = ""
    for written in text.splitlines()[: line or 0]:
        if match := _ITEM.match(written):
            found = f"'{match[1] or match[2]}'"
    return found


def package_as_yaml(folder: str | Path) -> str:
    """The data package of a ledger as one ledger file.

    Raises
    ------
    InputError : a file or a column is missing, or a cell cannot be read.
    """
    path = Path(folder)
    check_finished(path)
    document = load_json(path / "datapackage.json")
    ledger = document.get("ledger") if isinstance(document, dict) else None
    if not isinstance(ledger, dict) or ledger.get("schema") != SCHEMA:
        raise InputError(
            "not a data package of a ledger", file=path / "datapackage.json", allowed=SCHEMA
        )
    rows = {name: _read_rows(path, name) for name in COLUMNS if name != "attributes"}
    head = {
        "name": document.get("name"),
        "title": document.get("title"),
        "as_of": ledger.get("as_of"),
        "programme": ledger.get("programme") or {},
    }
    return rows_as_yaml(head, rows)


def rows_as_yaml(head: Row, rows: Mapping[str, Sequence[Row]]) -> str:
    """Tables as one ledger file; `head` has its name, title, `as_of` and section `programme`."""
    data: Row = {
        "schema": SCHEMA,
        **head,
        "subjects": {str(row["id"]): _lean(row, "id") for row in rows["subjects"]},
        "sources": {str(row["id"]): _lean(row, "id") for row in rows["sources"]},
        "claims": [_claim_fields(row) for row in rows["claims"]],
        "contradictions": [_lean(row) for row in rows["contradictions"]],
    }
    if not data["contradictions"]:
        del data["contradictions"]
    return dump_yaml(data)


# ------------------------------------------------------------------------- a ledger as rows


def claim_row(claim: Claim) -> Row:
    """A claim as a row of the table."""
    amount = claim.value if isinstance(claim.value, Amount) else None
    return {
        "id": claim.id,
        "subject": claim.subject,
        "attribute": claim.attribute,
        "value": _value_text(claim.value),
        "number": _number(amount.value) if amount else None,
        "unit": amount.unit if amount else None,
        "stance": claim.stance,
        "valid": str(claim.valid),
        "valid_first": claim.valid.first.isoformat(),
        "valid_last": claim.valid.last.isoformat(),
        "said": str(claim.said) if claim.said else None,
        "reported": str(claim.reported),
        "reported_first": claim.reported.first.isoformat(),
        "reported_last": claim.reported.last.isoformat(),
        "source": claim.source,
        "also": list(claim.also),
        "speaker": claim.speaker,
        "office": claim.office,
        "side": claim.side,
        "authority": claim.authority,
        "evidence": claim.evidence,
        "confidence": claim.confidence,
        "supersedes": list(claim.supersedes),
        "note": claim.note,
        "note_since": _day(claim.note_since),
    }


def _value_text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{_number(value.value)} {value.unit}" if isinstance(value, Amount) else str(value)


def _number(value: float) -> str:
    """A number in full, as an amount of a ledger is read: nine digits after the point.

    >>> _number(5.43e9), _number(15.0), _number(74.13)
    ('5430000000', '15', '74.13')
    """
    return f"{value:.9f}".rstrip("0").rstrip(".")


def _day(day: date) -> str | None:
    return None if day == date.min else day.isoformat()


def source_row(source: LedgerSource) -> Row:
    """A source as a row of the table."""
    return {
        "id": source.id,
        "title": source.title,
        "outlet": source.outlet,
        "kind": source.kind,
        "date": str(source.date),
        "inferred": source.inferred,
        "seen": source.seen,
        "url": source.url,
        "note": source.note,
    }


def subject_row(subject: Subject) -> Row:
    """A subject as a row of the table."""
    return {
        "id": subject.id,
        "kind": subject.kind,
        "title": subject.title,
        "order": subject.order,
        "note": subject.note,
    }


def contradiction_row(found: Contradiction) -> Row:
    """A contradiction looked into by hand as a row of the table."""
    return {
        "id": found.id,
        "topic": found.topic,
        "claims": list(found.claims),
        "sources": list(found.sources),
        "accepts": list(found.accepts),
        "reading": _versions(found.reading),
        "since": _day(found.since),
        "confidence": found.confidence,
    }


def _versions(text: Dated) -> list[Row]:
    return [
        {"text": version} if since == date.min else {"since": since.isoformat(), "text": version}
        for since, version in text.versions
    ]


def setup_fields(setup: Setup) -> Row:
    """The section `programme` of a ledger file."""
    fields: Row = {
        **({"contract": setup.contract} if setup.contract != Setup().contract else {}),
        "unit": setup.unit,
        "price_currency": setup.price_currency,
        "currency": setup.currency,
    }
    if setup.seller:
        fields["seller"] = setup.seller
    if setup.rate:
        fields["rate"] = setup.rate
    if setup.parts:
        fields["instalments"] = [
            {
                "title": part.title,
                **({"subject": part.subject} if part.subject else {}),
                **({"due": ".".join(part.due)} if part.due else {}),
            }
            for part in setup.parts
        ]
    if setup.cases:
        fields["cases"] = {
            case.id: {"subject": case.subject, "title": case.title} for case in setup.cases.values()
        }
    for key, days in (("backtest", setup.backtest), ("chosen_on", setup.chosen_on)):
        if days:
            fields[key] = [day.isoformat() for day in days]
    if setup.operational_after_months != Setup().operational_after_months:
        fields["operational_after_months"] = setup.operational_after_months
    if setup.order is not None:
        fields["order"] = {
            "buyer": setup.order.buyer,
            "supplier": setup.order.supplier,
            "system": setup.order.system,
            "ordered_in": setup.order.ordered_in,
            "n_ordered": setup.order.n_ordered,
            "condition": setup.order.condition,
        }
    if setup.projects is not None:
        fields["projects"] = {
            "n": setup.projects.n,
            "on_time": setup.projects.on_time,
            "twice_as_long": setup.projects.twice_as_long,
        }
    return fields


def _resource(name: str) -> Row:
    schema: Row = {
        "fields": [
            {"name": column, "type": kind, "description": what}
            for column, (kind, what) in COLUMNS[name].items()
        ],
        "primaryKey": "id",
        "missingValues": [""],
    }
    if name in _KEYS:
        schema["foreignKeys"] = [
            {"fields": column, "reference": {"resource": table, "fields": key}}
            for column, table, key in _KEYS[name]
        ]
    return {
        "name": name,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }


def _csv(name: str, rows: Iterable[Row]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list(COLUMNS[name]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({column: _cell(value) for column, value in row.items()})
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    # no formula for a spreadsheet; reversible, as a text may begin with the apostrophe itself
    return f"'{text}" if isinstance(value, str) and text.startswith(SHIELDED) else text


# ------------------------------------------------------------------------- rows as a ledger


def _read_rows(folder: Path, name: str) -> list[Row]:
    file = folder / f"{name}.csv"
    text = read_text(file)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        return _rows_of(reader, name, file)
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", file=file, line=reader.line_num) from None


def _rows_of(reader: csv.DictReader[str], name: str, file: Path) -> list[Row]:
    columns = COLUMNS[name]
    if missing := [c for c in columns if c not in (reader.fieldnames or ())]:
        raise InputError("a column is missing", file=file, line=1, value=missing[0])
    rows: list[Row] = []
    for row in reader:
        if len(rows) == MOST_ROWS:
            allowed = f"at most {MOST_ROWS}"
            raise InputError("too many rows", file=file, line=reader.line_num, allowed=allowed)
        if reader.restkey in row:
            raise InputError("more cells than columns", file=file, line=reader.line_num)
        found = {}
        for column, (kind, _) in columns.items():
            try:
                found[column] = _parsed(row[column] or "", kind)
            except ValueError:
                raise InputError(
                    f"not of type {kind}",
                    file=file,
                    line=reader.line_num,
                    field=column,
                    value=row[column],
                ) from None
        rows.append(found)
    return rows


def _parsed(cell: str, kind: str) -> Any:
    if cell == "":
        return None
    if kind == "array":
        return json.loads(cell)
    if kind == _TEXT and cell.startswith("'") and cell[1:].startswith(SHIELDED):
        return cell[1:]
    if kind == "boolean":
        if cell not in ("true", "false"):
            raise ValueError
        return cell == "true"
    if kind != "integer":
        return cell
    if not re.fullmatch("[-+]?[0-9]{1,18}", cell):
        raise ValueError
    return int(cell)


def _lean(row: Row, without: str = "") -> Row:
    """A row without its empty cells, and without one column."""
    return {k: v for k, v in row.items() if v not in (None, "", []) and k != without}


def _claim_fields(row: Row) -> Row:
    """The fields of a claim as a ledger file has them."""
    derived = ("number", "unit", "valid_first", "valid_last", "reported_first", "reported_last")
    fields = _lean({key: value for key, value in row.items() if key not in derived})
    attribute = vocabulary().get(str(row["attribute"]))
    if attribute is not None and attribute.measure == "yes_no":
        fields["value"] = {"true": True, "false": False}.get(str(row["value"]), row["value"])
    if since := fields.pop("note_since", None):
        fields["note"] = {"since": since, "text": fields["note"]}
    return fields


def same(one: Ledger, other: Ledger) -> bool:
    """True if two ledgers hold the same, wherever they were read from."""
    names = ("name", "title", "as_of", "claims", "contradictions", "setup")
    return all(getattr(one, n) == getattr(other, n) for n in names) and all(
        dict(getattr(one, n)) == dict(getattr(other, n)) for n in ("subjects", "sources")
    )
