// The kiosk's camera: on only while a face is compared or a code is looked for. No picture is kept here.
const FACE_EVERY = 150; // ms between an answer and the next picture
const CODE_EVERY = 500;
const LIVE_EVERY = 1000; // while an officer looks
const CODE_AMONG_FACES = 3; // every third picture of a lane that knows faces
const EVERY = {code: CODE_EVERY, live: LIVE_EVERY};
const WIDTH = 1280;
const HEIGHT = 720;
const QUALITY = 0.85;

async function mayLook() {
  try {
    return (await navigator.permissions.query({name: "camera"})).state === "granted";
  } catch {
    return false;
  }
}

// `sends` by what is looked for: "face" or "code" to a function that posts a picture; "both" is a lane that knows faces,
// where a code may be held up as well.
export function looking({video, sends}) {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const pen = canvas.getContext("2d");
  let wanted = null;
  let stream = null;
  let round = 0;

  function off() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    video.hidden = true;
    pen.clearRect(0, 0, WIDTH, HEIGHT);
  }

  function taken() {
    const [width, height] = [video.videoWidth, video.videoHeight];
    const scale = Math.min(WIDTH / width, HEIGHT / height);
    const [wide, high] = [width * scale, height * scale];
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    pen.drawImage(video, (WIDTH - wide) / 2, (HEIGHT - high) / 2, wide, high);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  }

  async function look(mine) {
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: {width: {ideal: WIDTH}, height: {ideal: HEIGHT}, facingMode: "user"}, audio: false,
      });
    } catch {
      return; // no camera, or it may not be used: everything else goes on
    }
    if (mine !== round) return off();
    video.srcObject = stream;
    await video.play().catch(() => undefined);
    video.hidden = false;
    for (let count = 0; mine === round; count += 1) {
      if (video.videoWidth) {
        const picture = await taken();
        if (wanted === "live") await sends.live(picture);
        else if (wanted !== "code") await sends.face(picture);
        if (wanted === "code" || (wanted === "both" && count % CODE_AMONG_FACES === 0)) await sends.code(picture);
      }
      await new Promise((done) => setTimeout(done, EVERY[wanted] ?? FACE_EVERY));
    }
  }

  return {
    // What is looked for now: "face", "code", "live", "both" or null. A code is looked for, and an officer sees, only where the camera may be used already.
    async want(what) {
      if (what === wanted) return;
      const mine = ++round;
      wanted = what;
      off();
      if (!what || !navigator.mediaDevices) return;
      if (["code", "live"].includes(what) && !(await mayLook())) return;
      if (mine === round) look(mine);
    },
  };
}
