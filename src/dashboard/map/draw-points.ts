/*
 * Points by WebGL. Their places and colours stay in the memory of the graphics card; where that is lost, they are written there
 * again. A picture is made out of sight, some points at a time, and shown when it is whole: without a graphics card 100,000 points
 * take 60 ms, and whatever else the browser draws meanwhile would wait.
 */
import type { Size, View } from './view.ts';

/** Entries of a palette; the first is that of points without a value. */
export const PALETTE = 12;
/** Of a point that has gone. */
export const HIDDEN = 255;

export interface Look {
  readonly view: View;
  readonly size: Size;
  /** PALETTE times red, green, blue and how opaque it is, from 0 to 1. */
  readonly palette: Float32Array;
  /** Pixels across. */
  readonly dot: number;
  /** Pixels of the screen for each of the page. */
  readonly ratio: number;
}

export interface PointDrawer {
  /** Neither is to be changed afterwards. */
  places(xy: Float32Array): void;
  /** A byte for each point: its entry of the palette, or HIDDEN. */
  colours(codes: Uint8Array): void;
  /** Step by step, each of a few milliseconds at most. */
  drawing(look: Look): Generator<void, void>;
  dispose(): void;
}

/** Points of a step: of the first one, and of any. With a graphics card many are drawn in the time of few. */
const FIRST_STEP = 10_000;
const LEAST_STEP = 1_000;
const MOST_STEP = 100_000;
/** A step that takes longer is followed by smaller ones: the rest of the browser draws in the same thread of the graphics process. */
const STEP_MS = 5;

const ENTRY = 'void main';

const VERTEX = `
attribute vec2 place;
attribute float code;
uniform vec2 scale;
uniform vec2 shift;
uniform float dot;
uniform vec4 palette[${PALETTE}];
varying vec4 colour;
${ENTRY}() {
  gl_Position = code > ${HIDDEN - 1}.0 ? vec4(2.0, 2.0, 2.0, 1.0) : vec4(place * scale + shift, 0.0, 1.0);
  gl_PointSize = dot;
  colour = palette[int(min(code, ${PALETTE - 1}.0) + 0.5)];
}`;

const FRAGMENT = `
precision mediump float;
varying vec4 colour;
${ENTRY}() {
  float far = length(gl_PointCoord - 0.5) * 2.0;
  float inside = 1.0 - smoothstep(0.75, 1.0, far);
  gl_FragColor = vec4(colour.rgb, 1.0) * colour.a * inside;
}`;

function shaderOf(gl: WebGL2RenderingContext, type: number, source: string): WebGLShader {
  const shader = gl.createShader(type)!;
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  return shader;
}

function programOf(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  gl.attachShader(program, shaderOf(gl, gl.VERTEX_SHADER, VERTEX));
  gl.attachShader(program, shaderOf(gl, gl.FRAGMENT_SHADER, FRAGMENT));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost())
    throw new Error(gl.getProgramInfoLog(program) ?? 'the points cannot be drawn');
  return program;
}

type Canvas = HTMLCanvasElement | OffscreenCanvas;

type Sized = Pick<Look, 'size' | 'ratio'>;

/** In pixels of the screen. */
export function pixelsOf({ width, height }: Size, ratio: number): [across: number, down: number] {
  return [Math.round(width * ratio), Math.round(height * ratio)];
}

/** Setting a size takes a canvas all that it shows, so the size that it has is not set. */
export function resize(canvas: Canvas, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

/** A picture that is not seen until it is shown. */
function pictureOf(canvas: Canvas, gl: WebGL2RenderingContext) {
  const buffer = gl.createRenderbuffer();
  const frame = gl.createFramebuffer();
  let [width, height] = [0, 0];
  return {
    /** What is drawn from here on goes into it. */
    begin({ size, ratio }: Sized): void {
      [width, height] = pixelsOf(size, ratio);
      gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
      gl.bindRenderbuffer(gl.RENDERBUFFER, buffer);
      gl.renderbufferStorage(gl.RENDERBUFFER, gl.RGBA8, width, height);
      gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.RENDERBUFFER, buffer);
      gl.viewport(0, 0, width, height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
    },
    show(): void {
      resize(canvas, width, height);
      gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, null);
      gl.blitFramebuffer(0, 0, width, height, 0, 0, width, height, gl.COLOR_BUFFER_BIT, gl.NEAREST);
    },
    dispose(): void {
      gl.deleteFramebuffer(frame);
      gl.deleteRenderbuffer(buffer);
    },
  };
}

/** Half as many points where they took too long; twice as many where those would still not take long. */
export function nextStep(step: number, drawn: number, ms: number): number {
  if (ms > STEP_MS) return Math.max(LEAST_STEP, step / 2);
  return drawn === step && ms < STEP_MS / 3 ? Math.min(MOST_STEP, 2 * step) : step;
}

/** As long as the context is not lost. */
function buffersOf(canvas: Canvas, gl: WebGL2RenderingContext): PointDrawer {
  const program = programOf(gl);
  const uniform = (name: string): WebGLUniformLocation | null => gl.getUniformLocation(program, name);
  const [scale, shift, dot, palette] = [
    uniform('scale'),
    uniform('shift'),
    uniform('dot'),
    uniform('palette'),
  ];
  const [place, code] = [gl.getAttribLocation(program, 'place'), gl.getAttribLocation(program, 'code')];
  const [places, codes] = [gl.createBuffer(), gl.createBuffer()];
  const picture = pictureOf(canvas, gl);
  const pixel = new Uint8Array(4);
  let [count, coloured, step] = [0, 0, FIRST_STEP];
  const fill = (buffer: WebGLBuffer, data: ArrayBufferView<ArrayBuffer>): void => {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
  };
  const attribute = (buffer: WebGLBuffer, at: number, size: number, type: number): void => {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, type, false, 0, 0);
  };
  const begin = ({ view, size, ...look }: Look): void => {
    picture.begin({ size, ratio: look.ratio });
    gl.useProgram(program);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const across = (2 * view.scale) / size.width;
    const up = (2 * view.scale) / size.height;
    gl.uniform2f(scale, across, up);
    gl.uniform2f(shift, -view.x * across, -view.y * up);
    gl.uniform1f(dot, look.dot * look.ratio);
    gl.uniform4fv(palette, look.palette);
    attribute(places, place, 2, gl.FLOAT);
    attribute(codes, code, 1, gl.UNSIGNED_BYTE);
  };
  return {
    places(xy) {
      fill(places, xy as Float32Array<ArrayBuffer>);
      count = xy.length / 2;
    },
    colours(bytes) {
      fill(codes, bytes as Uint8Array<ArrayBuffer>);
      coloured = bytes.length;
    },
    *drawing(look) {
      begin(look);
      const shown = Math.min(count, coloured);
      for (let from = 0; from < shown; ) {
        const many = Math.min(step, shown - from);
        const began = performance.now();
        gl.drawArrays(gl.POINTS, from, many);
        gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel); // waits until they are drawn
        step = nextStep(step, many, performance.now() - began);
        from += many;
        yield;
      }
      picture.show();
    },
    dispose() {
      for (const buffer of [places, codes]) gl.deleteBuffer(buffer);
      gl.deleteProgram(program);
      picture.dispose();
    },
  };
}

/** Undefined where the browser has no WebGL 2. */
export function pointDrawer(canvas: Canvas): PointDrawer | undefined {
  const gl = canvas.getContext('webgl2', { antialias: false }) as WebGL2RenderingContext | null;
  if (!gl) return undefined;
  let buffers = buffersOf(canvas, gl);
  let last: { xy?: Float32Array; codes?: Uint8Array; look?: Look } = {};
  const drawer: PointDrawer = {
    places: (xy) => buffers.places((last.xy = xy)),
    colours: (codes) => buffers.colours((last.codes = codes)),
    drawing: (look) => buffers.drawing((last.look = look)),
    dispose() {
      canvas.removeEventListener('webglcontextlost', lose);
      canvas.removeEventListener('webglcontextrestored', restore);
      buffers.dispose();
      gl.getExtension('WEBGL_lose_context')?.loseContext(); // browsers have few, and keep those of pages long
      last = {};
    },
  };
  const lose = (event: Event): void => event.preventDefault(); // else it is not restored
  const restore = (): void => {
    buffers = buffersOf(canvas, gl);
    const { xy, codes, look } = last;
    if (xy) drawer.places(xy);
    if (codes) drawer.colours(codes);
    if (look) drawWhole(drawer, look);
  };
  canvas.addEventListener('webglcontextlost', lose);
  canvas.addEventListener('webglcontextrestored', restore);
  return drawer;
}

/** All steps at once. */
export function drawWhole(drawer: PointDrawer, look: Look): void {
  const steps = drawer.drawing(look);
  while (!steps.next().done);
}
