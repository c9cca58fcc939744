/** The shared vectors of tests/vectors, run by the browser code. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { canonical } from './canonical.ts'
import { estimateOffset, type OffsetSample } from './clock.ts'
import { scopeDigest } from './digest.ts'
import { mergeFields, type Lost, type Policy } from './merge.ts'
import { APPLIERS } from './optimistic.ts'
import * as queue from './outbox.ts'
import { Refused, type Draft, type JsonObject, type PullAnswer, type PushAnswer, type PushRequest, type Refusal } from './protocol.ts'
import * as replicas from './replica.ts'
import type { Replica } from './replica.ts'
import { batchDigest, mutationDigest, seal } from './seals.ts'
import { check, holds, slips, type CheckRule, type Grammar, type SerialCheck, type Unit } from './serials.ts'

const VECTORS = join(import.meta.dirname, '../../../../tests/vectors')
const DEVICE = 'anna-phone'

function cases<Case>(file: string, group: string): Case[] {
  return JSON.parse(readFileSync(join(VECTORS, file), 'utf-8'))[group]
}

type Canonical = { name: string; json: string; canonical: string }
test.each(cases<Canonical>('canonical.json', 'cases'))('a value has one canonical text: $name', vector => {
  expect(canonical(JSON.parse(vector.json))).toBe(vector.canonical)
})

type Refusing = { name: string; json: string; code: string; path: string }
test.each(cases<Refusing>('canonical.json', 'refused'))('a value that readers would see differently is refused: $name', vector => {
  expect(() => canonical(JSON.parse(vector.json))).toThrow(
    expect.objectContaining({ refusal: expect.objectContaining({ code: vector.code, path: vector.path }) }),
  )
})

type Sealing = { name: string; draft: Draft; base: number | null; digest: string }
test.each(cases<Sealing>('seals.json', 'mutations'))('a mutation is sealed: $name', async vector => {
  expect(await mutationDigest(vector.draft, vector.base ?? undefined)).toBe(vector.digest)
})

type Batch = { name: string; outbox: string; epoch: string | null; first_mid: number; digests: string[]; digest: string }
test.each(cases<Batch>('seals.json', 'batches'))('a batch is sealed: $name', async vector => {
  expect(await batchDigest(vector.outbox, vector.epoch, vector.first_mid, vector.digests)).toBe(vector.digest)
})

type Digest = { name: string; documents: [string, string, number][]; digest: string }
test.each(cases<Digest>('digest.json', 'cases'))('a scope has a digest without order: $name', async vector => {
  expect(await scopeDigest(vector.documents)).toBe(vector.digest)
})

type Offset = { name: string; samples: OffsetSample[]; offset_ms: number | null }
test.each(cases<Offset>('clock.json', 'offsets'))('the offset of a clock is estimated: $name', vector => {
  expect(estimateOffset(vector.samples)).toBe(vector.offset_ms)
})

type Optimistic = { op: string; document: JsonObject; args: JsonObject; shown: JsonObject }
test.each(cases<Optimistic>('optimistic.json', 'cases'))('an operation is shown and leaves its document alone: $op', vector => {
  const before = JSON.stringify(vector.document)

  expect(APPLIERS[vector.op]!(vector.document, vector.args)).toEqual(vector.shown)
  expect(JSON.stringify(vector.document)).toBe(before)
})

type Merging = { name: string; policies: Record<string, Policy>; base: JsonObject; site: JsonObject; office: JsonObject; kept: JsonObject; lost: Lost[] }
test.each(cases<Merging>('merge.json', 'merges'))('fields are merged: $name', ({ policies, kept, lost, ...sides }) => {
  expect(mergeFields(policies, sides)).toEqual({ kept, lost })
})

type CheckCharacter = { name: string; rule: CheckRule; serial: string; holds: boolean }
test.each(cases<CheckCharacter>('serials.json', 'check_characters'))('a check character holds or not: $name', vector => {
  expect(holds(vector.rule, vector.serial)).toBe(vector.holds)
})

type Slip = { name: string; read: string; meant: string; slips: number | null }
test.each(cases<Slip>('serials.json', 'slips'))('slips of reading are weighed either way round: $name', vector => {
  expect(slips(vector.read, vector.meant)).toBe(vector.slips)
  expect(slips(vector.meant, vector.read)).toBe(vector.slips)
})

type Reading = { name: string; read: string; units: Unit[]; grammars: Grammar[]; wanted: string[]; check: SerialCheck }
test.each(cases<Reading>('serials.json', 'checks'))('a serial that was read is judged: $name', vector => {
  expect(check(vector.read, vector)).toEqual(vector.check)
})

type Push = { do: 'push'; request: PushRequest; answer: PushAnswer | null; late?: boolean }
type Step =
  | { do: 'record'; draft: Draft; mid: number; base: number | null; digest: string }
  | Push
  | { do: 'pull'; answer: PullAnswer; late_cursor?: string | null }
  | { do: 'restart'; refusal: Refusal }
  | { do: 'resume_at'; expected: number; new_outbox: string }
  | { do: 'renumber'; new_outbox: string }
  | { do: 'acknowledge'; uid: string }
  | ({ do: 'expect' } & Record<string, unknown>)

describe('a replica follows the scenario', () => {
  test.each(cases<{ name: string; steps: Step[] }>('replica.json', 'scenarios'))('$name', async scenario => {
    let replica = replicas.newReplica('anna-phone.1')
    for (const step of scenario.steps) replica = await follow(replica, step)
  })
})

async function follow(replica: Replica, step: Step): Promise<Replica> {
  switch (step.do) {
    case 'record': {
      const base = replica.documents.get(replicas.key(step.draft.kind, step.draft.id))?.version
      const sealed = await seal(step.draft, base)
      expect([replica.outbox.nextMid, base ?? null, sealed.digest]).toEqual([step.mid, step.base, step.digest])
      return replicas.record(replica, sealed)
    }
    case 'push':
      return followPush(replica, step)
    case 'pull': {
      const asked = 'late_cursor' in step ? { ...replica, cursor: step.late_cursor ?? null } : replica
      return replicas.applyPull(replica, replicas.pullRequest(asked, DEVICE), step.answer)
    }
    case 'restart':
      return replicas.restart(replica, step.refusal)
    case 'resume_at':
      return replicas.resumeAt(replica, step.expected, step.new_outbox)
    case 'renumber':
      return replicas.renumber(replica, step.new_outbox)
    case 'acknowledge':
      return { ...replica, outbox: queue.acknowledge(replica.outbox, step.uid) }
    case 'expect':
      expect({ do: 'expect', ...(await facts(replica)) }).toMatchObject(step)
      if (step.shown) expect(Object.fromEntries(replicas.shown(replica, APPLIERS))).toEqual(step.shown)
      return replica
  }
}

async function followPush(replica: Replica, step: Push): Promise<Replica> {
  const sent = step.late ? replica : replicas.markSent(replica, step.request)
  if (!step.late) expect(await replicas.pushRequest(replica, DEVICE, Date.now())).toEqual(step.request)
  return step.answer ? replicas.applyPush(sent, step.request, step.answer) : sent
}

/** All that a scenario may expect. */
async function facts(replica: Replica): Promise<Record<string, unknown>> {
  const { outbox } = replica
  return {
    shown: Object.fromEntries(replicas.shown(replica, APPLIERS)),
    pending: replicas.pending(replica).map(entry => entry.mutation.mid),
    states: Object.fromEntries(outbox.entries.map(entry => [entry.mutation.mid, entry.state])),
    attention: queue.attention(outbox).map(({ mutation, state, result }) => [mutation.uid, state, result?.code ?? null]),
    unsent_count: queue.unsentCount(outbox),
    outbox: outbox.id,
    next_mid: outbox.nextMid,
    is_cloned: queue.isCloned(outbox),
    cursor: replica.cursor,
    epoch: replica.epoch,
    last_mid: replica.lastMid,
    digests: await replicas.scopeDigests(replica),
  }
}

const draft = (args: JsonObject): Draft => ({ uid: '01900000-0000-7000-8000-000000000001', op: 'note', kind: 'job', id: 'J1', args, at: 0 })
const nested = (levels: number): JsonObject => (levels ? { deeper: nested(levels - 1) } : {})

test.each([
  ['too_large', { text: 'a'.repeat(1 << 16) }],
  ['nul_character', { text: 'a\0' }],
  ['too_deep', nested(28)],
  ['number_out_of_range', { value: 2 ** 53 }],
])('work that no server would take is refused when it is done: %s', async (code, args) => {
  await expect(seal(draft(args as JsonObject), 1)).rejects.toThrow(code)
})

test('text that only spells a NUL is fine', async () => {
  await expect(seal(draft({ text: '\\u0000' }), 1)).resolves.not.toBeInstanceOf(Refused)
})
