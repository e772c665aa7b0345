"""What each layer of a defence kills and spends, as tables."""

from __future__ import annotations

from skyshade.engagement.by_layer import LayerTally
from skyshade.report import text

Table = tuple[str, tuple[str, ...], list[tuple[str, ...]]]  # title, headings, rows


def layer_tables(found: LayerTally) -> list[Table]:
    """What each layer shoots down of each class, and what it fires for that; means per raid.

    None if there is one layer alone.
    """
    if not found.is_layered:
        return []
    n, names = found.replicates, [layer.name for layer in found.layers]
    targets: list[tuple[str, ...]] = [
        (
            kind.name if i else "all targets",
            f"{int(kind.members.sum())}",
            *(_mean(found.shot_down[k, i], n) for k in range(len(names))),
            _mean(found.leaked[i], n),
            _mean(found.other[i], n),
        )
        for i, kind in enumerate(found.kinds)
    ]
    spent: list[tuple[str, ...]] = []
    for k, layer in enumerate(found.layers):
        rounds, down = float(found.fired[k].sum()), float(found.shot_down[k, 0])
        at = float(found.shot_at[k, 0])
        spent.append(
            (
                f"{layer.name} range",
                _stands(found, k),
                _mean(at, n),
                _mean(down, n),
                _mean(at - down, n),
                _mean(rounds, n),
                text.number(rounds / down) if down else "–",
                cost_text(found, k),
            )
        )
    return [
        (
            "What each layer shoots down, on average in a raid",
            ("targets", "", *(f"{name}-range layer" for name in names), "got through", "neither"),
            targets,
        ),
        (
            "What each layer does for it",
            (
                "layer",
                "fire units",
                "fired at",
                "shot down",
                "let through",
                "rounds",
                "rounds per kill",
                "cost of the rounds",
            ),
            spent,
        ),
    ]


def _mean(total: float, n: int) -> str:
    return text.number(total / n)


def _stands(found: LayerTally, k: int) -> str:
    layer = found.layers[k]
    systems = dict.fromkeys(s.system for s in found.raid.sites if s.id in layer.sites)
    return f"{layer.n_units} of {text.listed(list(systems))}"


def cost_text(found: LayerTally, k: int) -> str:
    """What the layer's rounds cost, as far as they have a price."""
    spent, share = found.cost(k)
    if not found.fired[k].any():
        return "nothing fired"
    if not share:
        return "no price known"
    said = text.money(spent.value_usd)
    return said if share > 0.9999 else f"{said} for the {text.percent(share)} with a known price"
