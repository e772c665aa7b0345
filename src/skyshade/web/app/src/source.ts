// Where answers come from: a server, or a file beside the page. Nothing else fetches.

import { type Frame, readFrame } from "./frame";
import type {
  Area,
  Bands,
  Borders,
  Case,
  DraftSite,
  Forecast,
  InterestResult,
  Job,
  LonLat,
  NextResult,
  NextSpec,
  Profile,
  Programme,
  RaidResult,
  RaidSpec,
  Reach,
  Replay,
} from "./types";

/** A complaint that a reader can act on. */
export class Complaint extends Error {}

/** The server does not answer; it may again. */
export class Lost extends Complaint {}

export interface Watched<R> {
  onProgress?: (job: Job["progress"]) => void;
  onPartial?: (partial: R) => void;
}

export interface Answers {
  readonly live: boolean;
  case(): Promise<Case>;
  borders(): Promise<Borders>;
  ground(): Promise<Frame>;
  view(site: DraftSite): Promise<Frame>;
  engageable(site: DraftSite, target: string): Promise<Frame>;
  reach(site: DraftSite, target: string): Promise<Reach>;
  programme(asOf?: string, knownOn?: string): Promise<Programme>;
  forecast(knownOn?: string): Promise<Forecast>;
}

interface Kept {
  case: Case;
  borders: Borders;
  frames: Record<string, string>;
  reach: Record<string, Reach>;
  programme: Programme | null;
  forecast: Forecast | null;
}

declare global {
  interface Window {
    SKYSHADE?: Kept;
  }
}

export class Server implements Answers {
  readonly live = true;

  case = () => this.json<Case>("case");
  borders = () => this.json<Borders>("borders");
  ground = () => this.frame("ground");
  view = (site: DraftSite) => this.frame("views", { site });
  engageable = (site: DraftSite, target: string) => this.frame("engageable", { site, target });
  reach = (site: DraftSite, target: string) => this.json<Reach>("reach", { site, target });
  forecast = (knownOn?: string) =>
    this.json<Forecast>(`programme/forecast${query({ known_on: knownOn })}`);
  programme = (asOf?: string, knownOn?: string) =>
    this.json<Programme>(`programme${query({ as_of: asOf, known_on: knownOn })}`);

  profile(from: LonLat, to: LonLat, sites: DraftSite[]) {
    return this.json<Profile>("profile", { from, to, sites });
  }

  save(name: string, title: string, sites: DraftSite[]) {
    const asked = { name, title, sites };
    return this.json<{ name: string; file: string; yaml: string }>("scenarios", asked);
  }

  saved = () => this.json<string[]>("scenarios");
  open = (name: string) => this.json<{ sites: DraftSite[] }>(`scenarios/${name}`);

  replay(job: string, replicate: number) {
    return this.json<Replay>(`jobs/${job}/replay/${replicate}`);
  }

  areas(sites: DraftSite[], signal: AbortSignal) {
    return this.job<{ areas: Area[] }>({ kind: "coverage", sites }, {}, signal);
  }

  bands(sites: DraftSite[], target: string, watched: Watched<Bands>, s: AbortSignal) {
    return this.job<Bands>({ kind: "reach", sites, target, draws: 32 }, watched, s);
  }

  raid(
    asked: { sites: DraftSite[]; raid: RaidSpec; replicates: number; draws: number; seed: number },
    watched: Watched<RaidResult>,
    signal: AbortSignal,
  ) {
    return this.job<RaidResult>({ kind: "raid", ...asked }, watched, signal);
  }

  siting(
    asked: Omit<NextSpec, "within" | "area" | "line"> & { sites: DraftSite[]; within: string[] },
    watched: Watched<NextResult>,
    signal: AbortSignal,
  ) {
    return this.job<NextResult>({ kind: "siting", ...asked }, watched, signal);
  }

  interest(
    asked: { sites: DraftSite[]; target: string; altitude: string; of: string; corners: LonLat[] },
    signal: AbortSignal,
  ) {
    return this.job<InterestResult>({ kind: "interest", ...asked }, {}, signal);
  }

  /** What a job that was run before was asked, and its result; null if it is not kept any more. */
  async before<R>(id: string): Promise<{ asked: Record<string, unknown>; result: R } | null> {
    try {
      const { asked } = await this.json<{ asked: Record<string, unknown> }>(`jobs/${id}`);
      return { asked, result: await this.json<R>(`jobs/${id}/result`) };
    } catch (error) {
      if (error instanceof Lost) throw error;
      return null;
    }
  }

  /** Run a job to its end; aborting the signal cancels it on the server. */
  private async job<R>(asked: object, watched: Watched<R>, signal: AbortSignal) {
    const { id } = await this.json<Job>("jobs", asked);
    const end = await new Promise<Job>((resolve, reject) => {
      const cancel = () => {
        fetch(`api/jobs/${id}`, { method: "DELETE" }).catch(() => {});
        reject(new DOMException("cancelled", "AbortError"));
      };
      if (signal.aborted) return cancel(); // while the request was under way
      const events = new EventSource(`api/jobs/${id}/events`);
      let lost = 0;
      const close = () => {
        events.close();
        signal.removeEventListener("abort", abort);
      };
      const abort = () => {
        close();
        cancel();
      };
      signal.addEventListener("abort", abort);
      events.addEventListener("progress", (e) => {
        lost = 0;
        watched.onProgress?.(JSON.parse(e.data));
      });
      events.addEventListener("partial", (e) => watched.onPartial?.(JSON.parse(e.data)));
      events.addEventListener("end", (e) => {
        close();
        resolve(JSON.parse(e.data));
      });
      events.onerror = () => {
        if (++lost < 5) return; // the browser tries again by itself
        close();
        reject(new Complaint("The server was lost during this work. Start it, then run it again."));
      };
    });
    if (end.state !== "done") throw new Complaint(end.message ?? `The job is ${end.state}.`);
    return { id, result: await this.json<R>(`jobs/${id}/result`) };
  }

  private async json<T>(path: string, body?: object): Promise<T> {
    return (await this.ask(path, body)).json();
  }

  private async frame(path: string, body?: object): Promise<Frame> {
    return readFrame(await (await this.ask(path, body)).arrayBuffer());
  }

  private async ask(path: string, body?: object): Promise<Response> {
    const request: RequestInit = body
      ? {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(body),
        }
      : {};
    let answer: Response;
    try {
      answer = await fetch(`api/${path}`, request);
    } catch {
      throw new Lost(
        "The server does not answer; asking again every few seconds. Is 'skyshade serve' running?",
      );
    }
    if (answer.ok) return answer;
    const said = await answer.json().catch(() => null);
    throw new Complaint(said?.error?.message ?? `The server refused this (${answer.status}).`);
  }
}

/** A case kept in a file: what needs a server is not in it. */
export class Folder implements Answers {
  readonly live = false;

  constructor(private readonly kept: Kept) {}

  case = async () => this.kept.case;
  borders = async () => this.kept.borders;
  ground = () => this.frame("ground");
  view = (site: DraftSite) => this.frame(`views/${site.id}`);
  engageable = (site: DraftSite, target: string) => this.frame(`engageable/${site.id}/${target}`);
  reach = async (site: DraftSite, target: string) => this.kept.reach[`${site.id}/${target}`];
  programme = async () => this.kept.programme!;
  forecast = async () => this.kept.forecast!;

  private async frame(name: string): Promise<Frame> {
    const packed = Uint8Array.from(atob(this.kept.frames[name]), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return readFrame(await new Response(stream).arrayBuffer());
  }
}

export const answers = (): Server | Folder =>
  window.SKYSHADE ? new Folder(window.SKYSHADE) : new Server();

function query(values: Record<string, string | undefined>): string {
  const given = Object.entries(values).filter(([, v]) => v) as [string, string][];
  return given.length ? `?${new URLSearchParams(given)}` : "";
}
