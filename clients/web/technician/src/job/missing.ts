import type { Missing } from '../../../shared/jobs/missing.ts'
import { JOB } from '../../../shared/texts/words.ts'
import type { ScreenName } from '../route.svelte.ts'

/** What is missing, in words. */
export function nameOf(lack: Missing): string {
  if (lack.kind === 'signature') return JOB.missingSignature
  if (lack.kind === 'unit') return lack.serial
  return lack.kind === 'hazard' ? lack.hazard : lack.item.text
}

/** Where it is done: on which screen of the job, in which of its sections. */
export const WHERE: Readonly<Record<Missing['kind'], { screen: ScreenName; section: string }>> = {
  hazard: { screen: 'place', section: 'hazards' },
  checklist: { screen: 'work', section: 'checklist' },
  limits: { screen: 'work', section: 'checklist' },
  unit: { screen: 'work', section: 'to-recover' },
  signature: { screen: 'work', section: 'signature' },
}
