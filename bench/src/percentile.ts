/** The value below which a share `p` (0–1) of the samples lies, by nearest rank; 0 of none. Sorts in place. */
export function percentile(samples: Float64Array, p: number): number {
  samples.sort();
  return samples[Math.max(0, Math.ceil(samples.length * p) - 1)] ?? 0;
}
