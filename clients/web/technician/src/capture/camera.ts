/** The camera at the back of the phone, as frames to be read. */

/** Enough for the narrow bars of a label at arm's length; more only makes reading slow. */
const WIDTH_PX = 1280
const PAUSE_MS = 120

export type Camera = {
  stream: MediaStream
  /** Whether there is a lamp to switch. */
  hasTorch: boolean
  torch: (isOn: boolean) => Promise<void>
  close: () => void
}

/** Throws what the browser says when there is no camera, or it may not be used. */
export async function openCamera(): Promise<Camera> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: 'environment', width: { ideal: WIDTH_PX } },
  })
  const [track] = stream.getVideoTracks()
  // `torch` is of the MediaStream Image Capture draft, which TypeScript's library does not know.
  const abilities = (track!.getCapabilities?.() ?? {}) as { torch?: boolean }
  return {
    stream,
    hasTorch: !!abilities.torch,
    torch: isOn => track!.applyConstraints({ advanced: [{ torch: isOn } as MediaTrackConstraintSet] }),
    close: () => stream.getTracks().forEach(one => one.stop()),
  }
}

/** Gives one frame after another to `read` until `signal` is aborted. */
export async function watchFrames(video: HTMLVideoElement, read: (frame: ImageData) => Promise<void>, signal: AbortSignal): Promise<void> {
  const canvas = document.createElement('canvas')
  const pen = canvas.getContext('2d', { willReadFrequently: true })!
  while (!signal.aborted) {
    if (video.videoWidth) {
      canvas.width = video.videoWidth
      canvas.height = video.videoHeight
      pen.drawImage(video, 0, 0)
      await read(pen.getImageData(0, 0, canvas.width, canvas.height))
    }
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
  }
}
