import tables from './lifecycles.json' with { type: 'json' }

type Moves = Readonly<Record<string, Readonly<Record<string, string>>>>
const JOB: Moves = tables.job.moves

/** Whether the job's state allows a command, by the server's own table. */
export function allows(state: string, command: string): boolean {
  return command in (JOB[state] ?? {})
}
