/** Which of a dispatcher's own steps is the next to be undone, or to be done again. Pure. */
import type { paths } from '../../../shared/api/schema.js'

export type Step = paths['/api/v1/manual-steps']['get']['responses'][200]['content']['application/json']['items'][number]

/** steps: newest first, as the server lists them. */
export function nextUndo(steps: readonly Step[]): Step | undefined {
  return steps.find(step => step.state === 'done')
}

/**
 * What is done again next. undone: ids of the steps that this page has undone since its last new one, in order; they say it
 * exactly. After a reload it is the oldest of the undone steps that no newer one has overtaken.
 */
export function nextRedo(steps: readonly Step[], undone: readonly string[]): Step | undefined {
  const last = undone.at(-1)
  if (last !== undefined) return steps.find(step => step.id === last)
  const newest = steps.findIndex(step => step.state === 'done')
  return (newest < 0 ? steps : steps.slice(0, newest)).at(-1)
}
