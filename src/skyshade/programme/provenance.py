"""Where the claims of a ledger come from, in the W3C's provenance model (PROV).

Every claim and every source is an entity. A claim was derived from the source that it was read in
(its primary source) and from those that carry it as well; it is a revision of the claims that it
supersedes; it is attributed to its speaker, and a source to its outlet. The ledger is a collection
that one activity, the compilation, generated on the day it was compiled. A claim's entity carries
all of its fields, so that nothing is lost.

References
----------
W3C Recommendation, PROV-DM: The PROV Data Model, 30 April 2013; PROV-JSON, member submission.
"""

from __future__ import annotations

import re
from typing import Any

from skyshade.errors import InputError
from skyshade.programme.exchange import claim_row
from skyshade.programme.model import Ledger

# names, not addresses: nothing has to be there
TERMS = "urn:skyshade:ledger-terms:"


def prov_json(ledger: Ledger) -> str:
    """The provenance of a ledger's claims as PROV-JSON.

    Raises
    ------
    InputError : the library prov is not installed.
    """
    library = _library()
    document, terms = library.ProvDocument(), library.PROV
    base = f"urn:skyshade:ledger:{ledger.name}:"
    document.add_namespace("ledger", TERMS)
    for prefix in ("claim", "source", "agent"):
        document.add_namespace(prefix, f"{base}{prefix}:")
    document.add_namespace("of", base)
    day = f"{ledger.as_of.isoformat()}T00:00:00"
    whole = document.entity(
        "of:claims",
        {
            "prov:type": terms["Collection"],
            "prov:label": ledger.title,
            "ledger:version": ledger.version,
        },
    )
    work = document.activity("of:compilation", endTime=day)
    document.wasGeneratedBy(whole, work, day)
    agents: dict[str, Any] = {}

    def agent(name: str, kind: str) -> Any:
        if name not in agents:
            id_ = f"agent:{_slug(name)}-{len(agents) + 1}"
            agents[name] = document.agent(id_, {"prov:label": name, "prov:type": terms[kind]})
        return agents[name]

    for source in ledger.sources.values():
        entity = document.entity(
            f"source:{source.id}",
            _given(
                {
                    "prov:label": source.title,
                    "ledger:kind": source.kind,
                    "ledger:date": str(source.date),
                    "ledger:inferred": source.inferred,
                    "ledger:seen": source.seen,
                    "ledger:url": source.url,
                    "ledger:note": source.note,
                }
            ),
        )
        document.wasAttributedTo(entity, agent(source.outlet, "Organization"))
        if source.is_publication:
            document.used(work, entity)
    for claim in ledger.claims:
        row = {f"ledger:{key}": value for key, value in claim_row(claim).items()}
        entity = document.entity(f"claim:{claim.id}", _given(row))
        document.hadMember(whole, entity)
        document.primary_source(entity, f"source:{claim.source}")
        for also in claim.also:
            document.wasDerivedFrom(entity, f"source:{also}")
        for old in claim.supersedes:
            document.revision(entity, f"claim:{old}")
        if claim.speaker:
            document.wasAttributedTo(entity, agent(claim.who, "Person"))
    text: str = document.serialize(format="json", indent=1)
    return text + "\n"


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that say something; lists as text, since they are relations as well."""
    return {
        key: ", ".join(value) if isinstance(value, list) else value
        for key, value in fields.items()
        if value not in (None, "", [])
    }


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40] or "somebody"


def _library() -> Any:
    try:
        import prov.model
    except ImportError:
        raise InputError(
            "provenance needs the library prov, which is not installed",
            hint="Install skyshade[export].",
        ) from None
    return prov.model
