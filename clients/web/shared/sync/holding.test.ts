/** What a technician may take back for a minute: held here, never sent, gone without a trace. */
import { expect, test } from 'vitest'
import * as queue from './outbox.ts'
import { pending, newReplica, record, type Replica } from './replica.ts'
import { seal } from './seals.ts'

const NOW_MS = 1_000_000
const LATER_MS = NOW_MS + queue.HOLD_MS

async function recorded(replica: Replica, op: string): Promise<Replica> {
  const uid = `01900000-0000-7000-8000-${String(replica.outbox.nextMid).padStart(12, '0')}`
  return record(replica, await seal({ uid, op, kind: 'job', id: 'J1', args: {}, at: NOW_MS }, undefined))
}

async function withHeld(...ops: string[]): Promise<Replica> {
  let replica = await recorded(newReplica('anna.1'), 'note')
  for (const op of ops) replica = await recorded(replica, op)
  return { ...replica, outbox: queue.hold(replica.outbox, ops.length, LATER_MS) }
}

const sendable = (replica: Replica, now_ms: number) => queue.nextBatch(replica.outbox, now_ms).map(mutation => mutation.op)

test('what is held is shown and not sent', async () => {
  const replica = await withHeld('time_entry', 'complete')

  expect(pending(replica)).toHaveLength(3)
  expect(sendable(replica, NOW_MS)).toEqual(['note'])
})

test('what is held is sent when its minute is over', async () => {
  expect(sendable(await withHeld('complete'), LATER_MS)).toEqual(['note', 'complete'])
})

test('what is taken back leaves neither work nor a gap in the numbers', async () => {
  const { outbox } = await withHeld('time_entry', 'complete')

  const after = queue.takeBack(outbox, NOW_MS)

  expect(after.entries.map(entry => entry.mutation.op)).toEqual(['note'])
  expect(after.nextMid).toBe(2)
})

test('whoever goes on keeps what was done', async () => {
  const { outbox } = await recorded(await withHeld('start'), 'note')

  expect(queue.held(outbox, NOW_MS)).toEqual([])
  expect(queue.takeBack(outbox, NOW_MS)).toBe(outbox)
})

test('what is on its way is not taken back', async () => {
  const { outbox } = await withHeld('complete')

  const sent = queue.markSent(outbox, outbox.entries.map(entry => entry.mutation))

  expect(queue.takeBack(sent, NOW_MS)).toBe(sent)
})

test('what may leave in the next moment is not taken back', async () => {
  const { outbox } = await withHeld('complete')

  expect(queue.takeBack(outbox, LATER_MS - 1000)).toBe(outbox)
})

test('a clock that was set back by two days holds nothing', async () => {
  const before_ms = NOW_MS - 2 * 86_400_000

  expect(sendable(await withHeld('complete'), before_ms)).toEqual(['note', 'complete'])
})

test('what a saved outbox had not sent is taken over once, under new numbers', async () => {
  const saved = await withHeld('complete')
  const { outbox } = await recorded(newReplica('anna.2'), 'measure')
  const other = { ...outbox, entries: outbox.entries.map(entry => ({ ...entry, mutation: { ...entry.mutation, uid: 'mine' } })) }

  const after = queue.adopt(queue.adopt(other, saved.outbox.entries), saved.outbox.entries)

  expect(after.entries.map(({ mutation }) => [mutation.mid, mutation.op])).toEqual([[1, 'measure'], [2, 'note'], [3, 'complete']])
  expect(after.nextMid).toBe(4)
})
