import { expect, test } from 'vitest'
import type { Job } from '../../../shared/documents.ts'
import { triedOf } from './tried.ts'

const crew = [{ technician_id: 'eero', name: 'Eero', leads: true, acknowledged: false }, { technician_id: 'aino', name: 'Aino', leads: false, acknowledged: false }]
const pair = { id: 'a', technician_id: 'eero', planned_start: '2026-06-01T06:00:00Z', crew } as unknown as Job
const nobodys = { id: 'b', technician_id: null, planned_start: null, crew: [] } as unknown as Job

test('tried moves are sent with where each job goes, with whom and for how long, and where it was seen', () => {
  const start_ms = Date.parse('2026-06-01T07:00:00Z')

  const sent = triedOf([
    { job: pair, target: { technicianId: 'onni', start_ms, crew: ['onni', 'aino'], duration_s: 900 } },
    { job: nobodys, target: { technicianId: 'eero', start_ms } },
    { job: pair, target: 'backlog' },
  ])

  const start = '2026-06-01T07:00:00.000Z'
  expect(sent).toEqual([
    { job_id: 'a', to: { technician_id: 'onni', helper_ids: ['aino'], start, duration_seconds: 900 }, seen: { technician_id: 'eero', start: '2026-06-01T06:00:00Z', helper_ids: ['aino'] } },
    { job_id: 'b', to: { technician_id: 'eero', helper_ids: [], start, duration_seconds: null }, seen: { technician_id: null, start: null, helper_ids: [] } },
    { job_id: 'a', to: null, seen: { technician_id: 'eero', start: '2026-06-01T06:00:00Z', helper_ids: ['aino'] } },
  ])
})
