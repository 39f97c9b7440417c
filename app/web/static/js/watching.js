// A live picture of whoever stands at the device of an identity look. Its key is made here, cannot be read out, and ends
// with the page; what comes is drawn and kept nowhere.
import { fromHex, pointOf, toHex, unsealed } from "./credential.js";
import { joined, utf8 } from "./cbor.js";

const EVERY = 1000; // ms
const PURPOSE = "EGL1";

export function watching() {
  for (const place of document.querySelectorAll("[data-watch]")) {
    place.hidden = false;
    place.querySelector("button").addEventListener("click", () => toggle(place));
  }
}

let looks = null;
let ended = Promise.resolve(); // of the look before: the server knows

async function toggle(place) {
  if (looks) return looks.stop(place.dataset.ended);
  const address = `/api/v1/referrals/${place.dataset.watch}/live`;
  const button = place.querySelector("button");
  const canvas = place.querySelector("canvas");
  const say = (text) => (place.querySelector("[role=status]").textContent = text);
  let asking = Promise.resolve();
  const mine = (looks = {
    /** Says so once the device is asked for no more: what is still being asked is waited for. */
    stop(text) {
      looks = null;
      button.textContent = place.dataset.begin;
      canvas.hidden = true;
      canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
      ended = asking
        .then(() => fetch(address, { method: "DELETE", keepalive: true }))
        .catch(() => undefined)
        .then(() => looks ?? say(text));
    },
  });
  button.textContent = place.dataset.end;
  say(place.dataset.asking);
  await ended; // or the end of the look before would end this one
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
  const point = await pointOf(pair.publicKey);
  if (mine !== looks) return;
  asking = fetch(address, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ key: toHex(point) }),
  }).catch(() => null);
  const asked = await asking;
  if (mine !== looks) return;
  if (!asked?.ok) return mine.stop(place.dataset.nothing);
  const { presentation } = await asked.json();
  const purpose = joined(utf8(PURPOSE), fromHex(presentation.replaceAll("-", "")));
  let number = 0;
  while (mine === looks) {
    const answer = await fetch(`${address}?after=${number}`).catch(() => null);
    if (mine !== looks) return;
    const found = answer?.ok ? await answer.json() : { is_over: true };
    if (mine !== looks) return;
    if (found.is_over) return mine.stop(place.dataset.over);
    if (found.sealed) {
      const opened = await unsealed(Uint8Array.from(atob(found.sealed), (one) => one.charCodeAt(0)), {
        privateKey: pair.privateKey, point,
      }, purpose);
      const image = await createImageBitmap(new Blob([opened], { type: "image/jpeg" }));
      if (mine !== looks) return image.close();
      draw(canvas, image);
      number = found.number;
      say(place.dataset.shown);
    } else if (!number) {
      say(place.dataset.none);
    }
    await new Promise((done) => setTimeout(done, EVERY));
  }
}

function draw(canvas, image) {
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").drawImage(image, 0, 0);
  image.close();
  canvas.hidden = false;
}

addEventListener("pagehide", () => looks?.stop(""));
