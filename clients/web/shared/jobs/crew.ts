import type { CrewMember, Job } from '../documents.ts'

type Crewed = Pick<Job, 'technician_id' | 'crew'>

/** Who does a job together, the lead first; nobody where one person comes alone, and in documents from before there were crews. */
export function membersOf({ crew }: Pick<Job, 'crew'>): readonly CrewMember[] {
  return (crew as CrewMember[] | undefined) ?? []
}

/** Who leads a job that somebody only helps with; null for whoever leads, or comes alone. */
export function leadOver(job: Pick<Job, 'crew'>, technicianId: string | undefined): CrewMember | null {
  const members = membersOf(job)
  const own = members.find(member => member.technician_id === technicianId)
  return own && !own.leads ? (members.find(member => member.leads) ?? null) : null
}

/** Everybody who has a job, the lead first; nobody while it is in the backlog. */
export function crewOf(job: Crewed): string[] {
  const members = membersOf(job)
  if (members.length) return members.map(member => member.technician_id)
  return job.technician_id ? [job.technician_id] : []
}

/**
 * Who does a job that is put into somebody's day: the same people where they are one of them; else they instead of whom it was
 * taken from; and where nobody has it yet, with the companions that were chosen.
 */
export function crewAt(job: Crewed, technicianId: string, takenFrom: string | null, companions: readonly string[]): string[] {
  const crew = crewOf(job)
  if (crew.includes(technicianId)) return crew
  if (!crew.length) return [technicianId, ...companions.filter(one => one !== technicianId)]
  const left = takenFrom !== null && crew.includes(takenFrom) ? takenFrom : crew[0]
  return crew.map(member => (member === left ? technicianId : member))
}
