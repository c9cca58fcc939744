/** Long side of a sent photo: a label stays readable, and a phone's 4 MB become a few hundred kilobytes. */
const LONGEST_PX = 1600
const QUALITY = 0.8

/** Makes a camera's picture small enough for a weak line. Throws when it is no picture that this browser reads. */
export async function compressed(picture: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(picture, { imageOrientation: 'from-image' })
  const scale = Math.min(1, LONGEST_PX / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(bitmap.width * scale)
  canvas.height = Math.round(bitmap.height * scale)
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  bitmap.close()
  return imageOf(canvas, 'image/jpeg')
}

/** What a canvas shows, as an image. */
export function imageOf(canvas: HTMLCanvasElement, type: 'image/jpeg' | 'image/png'): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob(blob => (blob ? resolve(blob) : reject(new Error('the canvas gave no image'))), type, QUALITY),
  )
}
