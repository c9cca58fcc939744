/** Long side of a sent photo: a label stays readable, and a phone's 4 MB become a few hundred kilobytes. */
const LONGEST_PX = 1600
const QUALITY = 0.8

/** As wide as a list shows it on a sharp screen. */
const THUMBNAIL_PX = 240

/**
 * Makes a camera's picture small enough for a weak line, and a thumbnail of it. It is drawn anew, which leaves behind
 * where and with what it was taken (EXIF). Throws when it is no picture that this browser reads.
 */
export async function compressed(picture: Blob): Promise<{ photo: Blob; thumbnail: Blob }> {
  const bitmap = await createImageBitmap(picture, { imageOrientation: 'from-image' })
  try {
    return { photo: await drawn(bitmap, LONGEST_PX), thumbnail: await drawn(bitmap, THUMBNAIL_PX) }
  } finally {
    bitmap.close()
  }
}

function drawn(bitmap: ImageBitmap, longest_px: number): Promise<Blob> {
  const scale = Math.min(1, longest_px / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(bitmap.width * scale))
  canvas.height = Math.max(1, Math.round(bitmap.height * scale))
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  return imageOf(canvas, 'image/jpeg')
}

/** What a canvas shows, as an image. */
export function imageOf(canvas: HTMLCanvasElement, type: 'image/jpeg' | 'image/png'): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob(blob => (blob ? resolve(blob) : reject(new Error('the canvas gave no image'))), type, QUALITY),
  )
}
