/** Which rows of a long list are on the screen: only those are built. Pure. */

export type Range = { first: number; last: number }

/** Rows beyond either edge, so that slow scrolling shows no gap. */
const OVERSCAN = 4

/** first inclusive, last exclusive. */
export function visible(count: number, row_px: number, top_px: number, height_px: number): Range {
  const first = Math.max(0, Math.floor(top_px / row_px) - OVERSCAN)
  const last = Math.min(count, Math.ceil((top_px + height_px) / row_px) + OVERSCAN)
  return { first: Math.min(first, Math.max(0, last)), last }
}
