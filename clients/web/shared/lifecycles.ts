import tables from './lifecycles.json' with { type: 'json' }

type Moves = Readonly<Record<string, Readonly<Record<string, string>>>>
const JOB: Moves = tables.job.moves

/** Whether the job's state allows a command, by the server's own table. */
export function allows(state: string, command: string): boolean {
  return command in (JOB[state] ?? {})
}

/** The reasons that an operation may give, as paths of the server's own tree. */
export function reasonsFor(op: 'not_done' | 'suspend' | 'follow_up'): readonly string[] {
  return tables.reasons[op]
}
