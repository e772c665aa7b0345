// The layers of the map over the terrain, and their colours.

import type { AddLayerObject, Map as GlMap } from "maplibre-gl";
import { CANDIDATE, FRIEND, GAINED, INTEREST, ink, LOST, MISSILE, REACH, THREAT } from "./palette";

const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
const SOURCES = [
  "poor",
  "borders",
  "rings",
  "reach",
  "line",
  "interest",
  "candidates",
  "replay-lines",
  "replay",
];

const LAYERS: AddLayerObject[] = [
  {
    id: "poor",
    type: "line",
    source: "poor",
    paint: { "line-width": 0.8, "line-dasharray": [1, 2] },
  },
  {
    id: "borders",
    type: "line",
    source: "borders",
    filter: ["!", ["get", "disputed"]],
    paint: { "line-width": ["match", ["get", "kind"], "coast", 0.7, 1.2] },
  },
  {
    id: "disputed",
    type: "line",
    source: "borders",
    filter: ["get", "disputed"],
    paint: { "line-width": 1.2, "line-dasharray": [3, 2] },
  },
  {
    id: "reach-band",
    type: "fill",
    source: "reach",
    filter: ["==", ["get", "q"], "high"],
    paint: { "fill-color": REACH, "fill-opacity": 0.22 },
  },
  {
    id: "reach-fill",
    type: "fill",
    source: "reach",
    filter: ["==", ["get", "q"], "median"],
    paint: { "fill-color": REACH, "fill-opacity": 0.4 },
  },
  {
    id: "reach-line",
    type: "line",
    source: "reach",
    paint: { "line-color": REACH, "line-width": ["match", ["get", "q"], "median", 2, 0.8] },
  },
  {
    id: "rings-radar",
    type: "line",
    source: "rings",
    filter: ["==", ["get", "what"], "radar"],
    paint: { "line-width": 0.8, "line-dasharray": [2, 3] },
  },
  {
    id: "rings",
    type: "line",
    source: "rings",
    filter: ["==", ["get", "what"], "missile"],
    paint: { "line-width": 2 },
  },
  {
    id: "line",
    type: "line",
    source: "line",
    paint: { "line-width": 2, "line-dasharray": [2, 1] },
  },
  {
    id: "interest",
    type: "line",
    source: "interest",
    paint: { "line-width": 3, "line-color": INTEREST, "line-opacity": 0.8 },
  },
  {
    id: "candidates",
    type: "circle",
    source: "candidates",
    paint: {
      "circle-radius": ["+", ["get", "size"], ["case", ["get", "chosen"], 3, 0]],
      "circle-color": [
        "interpolate",
        ["linear"],
        ["get", "share"],
        0,
        CANDIDATE[0],
        1,
        CANDIDATE[1],
      ],
      "circle-stroke-width": ["case", ["get", "chosen"], 3, 1],
    },
  },
  {
    id: "replay-lines",
    type: "line",
    source: "replay-lines",
    paint: {
      "line-color": ["match", ["get", "what"], "track", FRIEND, "missile", MISSILE, THREAT],
      "line-width": ["match", ["get", "what"], "missile", 1.5, "approach", 1.5, 0.8],
      "line-opacity": ["match", ["get", "what"], "track", 0.6, "approach", 0.7, 0.9],
    },
  },
  {
    id: "replay",
    type: "circle",
    source: "replay",
    paint: {
      "circle-radius": ["match", ["get", "what"], "missile", 2.5, "kill", 5, "leak", 6, 4],
      "circle-color": [
        "match",
        ["get", "what"],
        "missile",
        MISSILE,
        "kill",
        "#fff",
        "leak",
        LOST,
        "decoy",
        "#999",
        "friendly",
        FRIEND,
        THREAT,
      ],
      "circle-stroke-color": ["match", ["get", "what"], "kill", GAINED, "#000"],
      "circle-stroke-width": ["match", ["get", "what"], "kill", 2.5, "leak", 2, "missile", 0, 0.3],
    },
  },
];

export function addLayers(gl: GlMap) {
  // circles are to be round
  for (const id of SOURCES) gl.addSource(id, { type: "geojson", data: EMPTY, tolerance: 0.05 });
  for (const layer of LAYERS) gl.addLayer(layer);
  colourLayers(gl);
}

/** Give the layers the colours of light or dark paper. */
export function colourLayers(gl: GlMap) {
  const now = ink();
  gl.setPaintProperty("paper", "background-color", now.paper);
  for (const [id, colour] of Object.entries({
    poor: now.poor,
    borders: now.border,
    disputed: now.border,
    "rings-radar": now.ring,
    rings: now.ring,
    line: now.line,
  })) {
    gl.setPaintProperty(id, "line-color", colour);
  }
  gl.setPaintProperty("candidates", "circle-stroke-color", now.ring);
}
