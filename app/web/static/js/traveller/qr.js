// A text as a QR code: black on white always, four modules of quiet zone, drawn through the DOM.

import { encode } from "../../vendor/uqr/index.mjs";

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4;
const BLACK = "#000";
const WHITE = "#fff";

/** Level Q for receipts, M for what carries a declaration (declaration-credential.md section 3). */
export const modulesOf = (text) => encode(text, { ecc: text.startsWith("EGR1:") ? "Q" : "M", border: QUIET }).data;

/** One path: every run of dark modules is a rectangle. */
function outline(rows) {
  const runs = [];
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x += 1) {
      const from = x;
      while (row[x]) x += 1;
      if (x > from) runs.push(`M${from} ${y}h${x - from}v1H${from}z`);
    }
  });
  return runs.join("");
}

const made = (name, attributes) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

/** The code as an element. */
export function drawn(text) {
  const rows = modulesOf(text);
  const svg = made("svg", { viewBox: `0 0 ${rows.length} ${rows.length}`, "shape-rendering": "crispEdges", focusable: "false" });
  svg.append(made("rect", { width: rows.length, height: rows.length, fill: WHITE }), made("path", { d: outline(rows), fill: BLACK }));
  return svg;
}

const SCALE = 12;
const LINE = 44;

/** The code as a picture (PNG) with lines of writing below. */
export function picture(text, lines) {
  const rows = modulesOf(text);
  const side = rows.length * SCALE;
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side + lines.length * LINE + LINE / 2;
  const pen = canvas.getContext("2d");
  pen.fillStyle = WHITE;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = BLACK;
  pen.scale(SCALE, SCALE);
  pen.fill(new Path2D(outline(rows)));
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.font = "28px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.direction = document.documentElement.dir || "ltr"; // a canvas outside of the page inherits none
  lines.forEach((line, at) => pen.fillText(line, side / 2, side + (at + 0.7) * LINE, side - 2 * SCALE));
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
