/** So long without a touch, and whoever picks the phone up next may be somebody else. */
const IDLE_MS = 5 * 60_000
const TOUCHES = ['pointerdown', 'keydown'] as const

/** Calls `idle` whenever nobody has touched the app for five minutes; returns how to stop. */
export function afterIdling(idle: () => void): () => void {
  let timer = setTimeout(idle, IDLE_MS)
  const restart = () => {
    clearTimeout(timer)
    timer = setTimeout(idle, IDLE_MS)
  }
  for (const touch of TOUCHES) addEventListener(touch, restart, { passive: true })
  return () => {
    clearTimeout(timer)
    for (const touch of TOUCHES) removeEventListener(touch, restart)
  }
}
