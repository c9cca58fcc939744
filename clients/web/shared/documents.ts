/**
 * The documents that replicas hold, as `backend/` renders them. What is recorded on a phone and not yet answered lacks
 * what only the server adds, hence the optional fields of records.
 */
import type { components } from './api/schema.js'

type Schemas = components['schemas']

export type JobState = Schemas['JobState']
export type AssignmentState = Schemas['AssignmentState']
export type ChecklistItem = Schemas['ChecklistItem']
export type TimeWindow = Schemas['Window']
export type Answer = boolean | number | string | null

export type CrewMember = Schemas['CrewPart']

export type Note = { text: string; occurred_at?: string; technician_id?: string }
export type Photo = { sha256: string; media_type: string; bytes: number }
export type InstalledSerial = { serial: string; model?: string | null; is_verified?: boolean; reason?: string | null }
export type RecoveredSerial = InstalledSerial & { replaced_by?: string | null }
export type Measurement = { name: string; value: number; unit: string }

type Recorded = 'notes' | 'photos' | 'serials' | 'recovered' | 'measurements' | 'checklist'

export type Job = Omit<Required<Schemas['JobDocument']>, Recorded> & {
  notes: Note[]
  photos: Photo[]
  serials: InstalledSerial[]
  recovered: RecoveredSerial[]
  measurements: Measurement[]
  checklist: Record<string, Answer>
  /** Only shown: this phone has taken the job, and the server has not said so yet. */
  taken_here?: boolean
}

export type Technician = Schemas['TechnicianDocument']
export type ReviewCard = Schemas['ReviewCardView']
export type Resolution = Schemas['ReviewCommand']
export type SerialUnit = Schemas['SerialUnitDocument']
export type SerialGrammars = Schemas['SerialGrammarsDocument']
/** A van; the optional fields are of work that the server has not answered yet. */
export type Van = Required<Schemas['VanDocument']> & {
  received?: { serial: string; model: string }[]
  handed_over?: string[]
  requests?: { model: string; quantity: number; note?: string }[]
  faulty?: { serial: string; reason: string }[]
}
export type ComingTransfer = Van['transfers'][number]
export type Appointment = Schemas['AppointmentDocument']

export type PremisesHistory = Schemas['PremisesHistory']

export type Presence = Schemas['PresenceDocument']

/** What a replica holds, by kind. */
export type Kinds = {
  job: Job
  technician: Technician
  review_card: ReviewCard
  serial_unit: SerialUnit
  serial_grammars: SerialGrammars
  van: Van
  appointment: Appointment
  presence: Presence
}
