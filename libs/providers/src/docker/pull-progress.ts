/** One line of the engine's answer to `POST /images/create`. Source: Docker Engine API, "Create an image". */
export interface PullEvent {
  status?: string;
  /** The layer that it is about. */
  id?: string;
  progressDetail?: { current?: number; total?: number };
  error?: string;
  errorDetail?: { message?: string };
}

/** How far a pull is, layer by layer. */
export interface PullProgress {
  see(event: PullEvent): void;
  /** `3 of 5 layers, 12.0 of 40.2 MB`. */
  describe(): string;
}

/** Layers kept at most: an image has 127. */
const MOST_LAYERS = 512;
const DONE = /^(Pull complete|Already exists|Download complete)$/;

export function makePullProgress(): PullProgress {
  const layers = new Map<string, { current: number; total: number; isDone: boolean }>();
  return {
    see({ status = "", id, progressDetail }) {
      if (!id || status.startsWith("Pulling from") || (layers.size >= MOST_LAYERS && !layers.has(id))) return;
      const layer = layers.get(id) ?? { current: 0, total: 0, isDone: false };
      layers.set(id, layer);
      if (status === "Downloading") {
        layer.current = progressDetail?.current ?? layer.current;
        layer.total = progressDetail?.total ?? layer.total;
      }
      if (!DONE.test(status)) return;
      layer.current = layer.total;
      // A download that is complete has yet to be unpacked.
      layer.isDone ||= status !== "Download complete";
    },
    describe() {
      const all = [...layers.values()];
      const sum = (of: "current" | "total") => (all.reduce((bytes, layer) => bytes + layer[of], 0) / 1e6).toFixed(1);
      return `${all.filter((layer) => layer.isDone).length} of ${all.length} layers, ${sum("current")} of ${sum("total")} MB`;
    },
  };
}
