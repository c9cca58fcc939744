/** One trip: the device's clock when the request left and when the answer came, the server's `time` between. */
export type OffsetSample = { sent_ms: number; server_ms: number; received_ms: number }

/** As many as the clock filter of NTP looks at (RFC 5905 section 10). */
export const SAMPLES_KEPT = 8

/**
 * Milliseconds to add to the device's clock to get the server's; null without a sample. `samples`: oldest first.
 * The shortest trip is the most exact, but samples that contradict the newest are from before the clock was set.
 */
export function estimateOffset(samples: readonly OffsetSample[]): number | null {
  const newest = samples.at(-1)
  if (!newest) return null
  let best = newest
  for (const sample of samples.slice(-SAMPLES_KEPT).reverse()) {
    if (Math.abs(offset(sample) - offset(newest)) > error(sample) + error(newest)) break
    if (error(sample) < error(best)) best = sample
  }
  return offset(best)
}

/** What to add if both ways took equally long (Cristian 1989, doi 10.1007/BF01784024). */
function offset({ sent_ms, server_ms, received_ms }: OffsetSample): number {
  return server_ms - Math.floor((sent_ms + received_ms) / 2)
}

function error({ sent_ms, received_ms }: OffsetSample): number {
  return Math.floor((received_ms - sent_ms + 1) / 2)
}
