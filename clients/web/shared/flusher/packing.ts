/** Below this, gzip saves nothing on a line that sends whole packets. */
const WORTH_PACKING_CHARACTERS = 512

/** A message as it travels, and what its headers say of it. */
export async function packed(message: unknown): Promise<{ body: BodyInit; headers: Record<string, string> }> {
  const body = JSON.stringify(message)
  const headers = { 'content-type': 'application/json' }
  if (body.length < WORTH_PACKING_CHARACTERS) return { body, headers }
  const stream = new Blob([body]).stream().pipeThrough(new CompressionStream('gzip'))
  return { body: await new Response(stream).arrayBuffer(), headers: { ...headers, 'content-encoding': 'gzip' } }
}
