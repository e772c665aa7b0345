// What the server says, as JSON. Units stand in the names.

export type LonLat = [number, number];

export interface LatticeShape {
  west_deg: number;
  north_y_deg: number;
  step_deg: number;
  columns: number;
  rows: number;
}

export interface Altitude {
  label: string;
  value_m: number;
  datum: "agl" | "msl";
}

export interface Figure {
  owner: string;
  title: string;
  text: string;
  value: number | string | null;
  unit: string;
  low: number | null;
  high: number | null;
  confidence: string;
  mark: string;
  why: string;
  condition?: string;
  sources: string[];
  /** what else is published, and why it is not the value taken */
  alternatives?: { text: string; condition: string; why_not: string; sources: string[] }[];
}

export interface Source {
  title: string;
  outlet: string;
  date: string;
  url: string | null;
  note: string;
}

export interface SiteEvent {
  kind: string;
  date: string;
  last: string;
  confidence: string;
  assumed: boolean;
  note: string;
  sources: string[];
}

export interface Site {
  id: string;
  name: string;
  sector: string;
  lon: number;
  lat: number;
  rounding_deg: number;
  position_note: string;
  radar: string;
  missiles: string[];
  antenna_agl_m: { value: number; low: number; high: number; why: string };
  radar_range_m: number;
  ring_m: number;
  figures: string[];
  events: SiteEvent[];
  operational: string | null;
  operational_assumed: boolean | null;
  always: boolean;
}

export interface Target {
  id: string;
  title: string;
  alt_agl_m: number | null;
  alt_m: number | null;
  figures: string[];
}

export interface Place {
  id: string;
  name: string;
  kind: string;
  lon: number;
  lat: number;
}

export interface MapName {
  name: string;
  kind: "country" | "sea";
  lon: number;
  lat: number;
  radius_deg: number;
}

export type Borders = GeoJSON.FeatureCollection & {
  note: string;
  names: MapName[];
  countries: { name: string; geometry: GeoJSON.Polygon | GeoJSON.MultiPolygon }[];
  /** Borders that a question may name: "India-Pakistan". */
  pairs: string[];
};

export interface Case {
  version: string;
  name: string;
  title: string;
  description: string;
  note: string;
  citation: string;
  /** The same in one line. */
  credit: string;
  as_of: string | null;
  lattice: LatticeShape;
  bounds: [number, number, number, number];
  poor: [number, number, number, number][];
  altitudes: Altitude[];
  targets: Target[];
  ring_m: number | null;
  ring_note: string;
  sites: Site[];
  places: Place[];
  has_raid: boolean;
  has_programme: boolean;
  min_rounding_deg: number;
  figures: Record<string, Figure>;
  sources: Record<string, Source>;
}

export interface DraftSite {
  id: string;
  like: string;
  name: string;
  lon: number;
  lat: number;
}

export interface Reach {
  id: string;
  target: string;
  az_deg: number[];
  altitudes: string[];
  ring_m: number;
  median: number[][];
  low?: number[][];
  high?: number[][];
  share_of_ring: number[];
  share_band: number[][];
}

/** What several units reach together: 5, 50 and 95 % of the draws by altitude. */
export interface Force {
  area_km2: number[][];
  share_of_rings: number[][];
}

/** What comes of a job of reach; while it runs, the units that are done. */
export interface Bands {
  sites: Reach[];
  force?: Force;
}

export interface Profile {
  length_m: number;
  distance_m: number[];
  lon: number[];
  lat: number[];
  ground_m: (number | null)[];
  sites: { id: string; lowest_m: (number | null)[] }[];
  k_factor: number;
}

export interface Area {
  who: string;
  altitude: string;
  ring_km2: number;
  visible_km2: number;
  unknown_km2: number;
  visible_frac: number;
}

export interface Unknown {
  key: string;
  title: string;
  unit: string;
  value: number;
  low: number;
  high: number;
  origin: string;
  weak: boolean;
  memory_only: boolean;
  why: string;
  /** key of the figure of the catalogue that it is, if it is one */
  figure: string | null;
}

export interface Share {
  value: number;
  low: number;
  high: number;
}

export interface CurvePoint {
  n_targets: number;
  replicates: number;
  leaked: Share;
  band: [number, number, number] | null;
}

export interface RaidResult {
  curve: CurvePoint[];
  replicates: number;
  headline: string;
  chosen: {
    n_targets: number;
    leaked: Share;
    shot_down: Share;
    rounds: Record<string, number>;
    /** Why targets get through: share of all targets by reason, the largest first. */
    why: { reason: string; share: number; says: string }[];
  };
  distance_m: number;
  /** null: on a ballistic arc */
  altitude: RaidSpec["altitude"];
  unknown_terrain_share: number;
  unknowns: Unknown[];
  interval: string;
}

export interface RaidSpec {
  n_targets: number;
  target: string;
  bearing_deg: number;
  place: string;
  /** null: the usual one of the class */
  altitude: { value_m: number; datum: "agl" | "msl" } | null;
}

/** What "where next?" asks. */
export interface NextSpec {
  like: string;
  count: number;
  within: string;
  spacing_deg: number | null;
  border_m: number;
  cover: "places" | "area" | "line";
  area: string;
  line: string;
}

export interface NextPoint {
  lon: number;
  lat: number;
  name: string;
  ground_msl_m: number;
  in_plan: boolean;
  share_of_draws: number | null;
  share_of_best: number | null;
}

export interface NextResult {
  summary: string[];
  plan: { like: string; lon: number; lat: number; name: string }[];
  answer: { value: number; base: number; bound: number; gap: number; stopped: string };
  points: NextPoint[];
  candidates: { n: number; spacing_deg: number; removed: Record<string, number> };
  groups: { name: string; covered_before: number; covered_after: number }[];
  n_draws: number;
}

/** What of a shape is reached; lengths in km, areas in km2. */
export interface InterestResult {
  total_km2?: number;
  total_km?: number;
  results: {
    covered_km2?: { all: [number, number, number] };
    covered_km?: { all: [number, number, number] };
  }[];
}

export interface Way {
  t_s: number[];
  lon: number[];
  lat: number[];
  alt_m: number[];
}

export interface Replay {
  replicate: number;
  seed: number;
  duration_s: number;
  targets: { id: string; side: string; end: string; way: Way; held: [string, number, number][] }[];
  missiles: { id: string; type: string; site: string; target: string; end: string; way: Way }[];
  events: { event: string; t_s: number; target?: string; lon?: number; lat?: number }[];
}

export interface Job {
  id: string;
  state: "waiting" | "running" | "done" | "failed" | "cancelled" | "interrupted";
  progress: { stage: string; done: number; total: number } | null;
  message: string | null;
}

export interface Claim {
  id: string;
  subject: string;
  attribute: string;
  stance: "affirms" | "denies" | "hedges" | "announces";
  value: string | number | boolean | null;
  unit: string | null;
  says: string;
  valid: string;
  when: string;
  reported: string;
  speaker: string;
  office: string;
  side: "seller" | "buyer" | "";
  interested: boolean;
  note: string;
  source: string;
}

export interface Conflict {
  subject: string;
  attribute: string;
  stands: string[];
  falls: string[];
  because: string;
}

export interface Reading {
  id: string;
  topic: string;
  reading: string;
  claims: string[];
}

export interface Programme {
  as_of: string;
  known_on: string;
  compiled: string;
  units: {
    id: string;
    title: string;
    status: string;
    readiness: string;
    since: string | null;
    when: string | null;
    sector: string;
    next_promise: { due: string; by: string; status: string; claim: string } | null;
  }[];
  conflicts: Conflict[];
  readings: Reading[];
  opening: string[];
  claims: Record<string, Claim>;
  sources: Record<string, Source>;
  attributes: Record<string, string>;
  subjects: Record<string, string>;
}

export interface Spread {
  p10: string;
  p50: string;
  p90: string;
}

export interface Chance {
  delivered: number;
  operational: number;
}

export interface Forecast {
  known_on: string;
  unit_name: string;
  unit_names: string;
  stretches_observed: number;
  probability_by_month: Record<string, string | Chance>[];
  units: { id: string; title: string; delivered: Spread; operational: Spread }[];
  fan: { date: string; p10: number; p50: number; p90: number }[];
}
