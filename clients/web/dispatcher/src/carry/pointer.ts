/** Taking up, carrying and putting down jobs with a pointer: one listener for a board of hundreds of jobs. */
import type { Job } from '../../../shared/documents.ts'
import { Carry, technicianOf, type Target } from './carry.svelte.ts'
import { byItsEnd } from './duration.ts'

/** A hand that shakes less than this does not move anything. */
const SHAKE_PX = 4
/** So near to its right edge, a bar is held by its end; of a narrow bar a quarter. */
const END_PX = 8

/** What lies under the pointer, and what becomes of a job that is let go there. */
export type Surface = {
  job: (id: string) => Job | undefined
  targetAt: (x: number, y: number, grab_px: number) => Target | null
  /** The instant at `x`; grab_px: how far from it the pointer took hold. */
  instantAt: (x: number, grab_px: number) => number
  nudge: (x: number, y: number) => void
  /** Where the pointer is while something is carried, for what follows it; null when nothing is. */
  follow: (at: { x: number; y: number } | null) => void
  drop: () => void
}

/** To be called at each `pointerdown`; moves are looked at once a frame, however many there are. */
export function begin(event: PointerEvent, carry: Carry, surface: Surface): void {
  const element = (event.target as Element).closest<HTMLElement>('[data-job]')
  const job = element && surface.job(element.dataset.job!)
  if (!job || event.button !== 0 || carry.job || !Carry.can(job)) return
  const box = element.getAttribute('role') === 'gridcell' ? element.getBoundingClientRect() : null
  const end = box && box.right - event.clientX <= Math.min(END_PX, box.width / 4) ? byItsEnd(job) : null
  const grab_px = box ? event.clientX - (end ? box.right : box.left) : 0
  const isBar = box !== null
  const from = { x: event.clientX, y: event.clientY }
  let last = from
  let frame = 0
  const listening = new AbortController()
  const { signal } = listening

  function look(): void {
    frame = 0
    surface.nudge(last.x, last.y)
    surface.follow(last)
    if (end) carry.aim({ ...end, duration_s: (surface.instantAt(last.x, grab_px) - end.start_ms) / 1000 })
    else carry.aim(surface.targetAt(last.x, last.y, grab_px))
  }

  function move(moved: PointerEvent): void {
    last = { x: moved.clientX, y: moved.clientY }
    if (!carry.job) {
      if (Math.hypot(last.x - from.x, last.y - from.y) < SHAKE_PX) return
      carry.pick(job!, null, isBar ? technicianOf(surface.targetAt(from.x, from.y, grab_px)) : null)
      // What was dragged is not clicked as well.
      addEventListener('click', click => click.stopPropagation(), { capture: true, once: true, signal })
    }
    frame ||= requestAnimationFrame(look)
  }

  function letGo(isDropped: boolean): void {
    cancelAnimationFrame(frame)
    if (carry.job && isDropped) {
      look()
      surface.drop()
    } else carry.leave()
    surface.follow(null)
    setTimeout(() => listening.abort()) // after the click that may follow
  }

  addEventListener('pointermove', move, { signal })
  addEventListener('pointerup', () => letGo(true), { signal })
  addEventListener('pointercancel', () => letGo(false), { signal })
  addEventListener('keydown', pressed => pressed.key === 'Escape' && letGo(false), { signal })
}
